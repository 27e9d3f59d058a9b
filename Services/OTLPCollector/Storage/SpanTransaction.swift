// Stores a batch of spans.

import ArgusOTLP
import ArgusStorage

/// The transaction of one batch. Made and used inside the transaction.
struct SpanTransaction {
    private let batch: SpanBatch
    private let options: TelemetryStoreOptions
    private let now: Int64
    private let connection: any SQLConnection
    private var sequence: TelemetrySequence
    private var services = ServiceLists()

    /// Waits for the writer before.
    init(_ batch: SpanBatch, options: TelemetryStoreOptions, now: Int64, _ connection: any SQLConnection) throws {
        self.batch = batch
        self.options = options
        self.now = now
        self.connection = connection
        sequence = try TelemetrySequence.take(connection)
    }

    /// Stores what is new.
    mutating func run() throws -> SpanWriteResult {
        let rows = try existingTraces()
        let resolvers = try earlierParts(of: rows)
        let known = duplicates(resolvers)
        guard known.count < batch.count else { return SpanWriteResult(duplicates: batch.duplicates + known.count) }
        let sealed = batch.seal(excluding: known)
        var rollups = sealed.rollups
        try addEdges(of: sealed, resolvers, to: &rollups)

        sequence.lastSegment += 1
        let segment = sequence.lastSegment
        let others = try writeTraces(sealed, rows, segment: segment, &rollups)
        let insert = SegmentInsert(id: segment, signal: .traces, receivedAt: now, sealed: sealed, otherBytes: others)
        try insert.run(options: options, connection)
        try RollupWriter(connection).add(rollups)
        sequence.bytes += insert.bytes(connection.dialect)
        sequence.spans += Int64(sealed.count)
        try sequence.save(connection)
        return SpanWriteResult(segment: segment, inserted: sealed.count, duplicates: batch.duplicates + known.count)
    }

    /// The batch's traces that earlier segments know.
    private func existingTraces() throws -> [TraceID: TraceRow] {
        let keys = batch.traces.map { [SQLValue.blob($0.traceID.bytes)] }
        let rows = try connection.lookUp(TraceRow.columns, in: "traces", by: ["trace_id"], keys) { try TraceRow($0) }
        return Dictionary(rows.map { ($0.traceID, $0) }) { first, _ in first }
    }

    /// What the earlier parts of these traces hold.
    private func earlierParts(of rows: [TraceID: TraceRow]) throws -> [TraceID: EdgeResolver] {
        guard !rows.isEmpty else { return [:] }
        var directories: [Int64: [[UInt8]]] = [:]
        _ = try connection.lookUp(
            ["trace_ref", "directory"], in: "trace_parts", by: ["trace_ref"], rows.values.map { [.integer($0.id)] }
        ) { directories[try $0.integer(0), default: []].append(try $0.blob(1)) }
        return try rows.mapValues { try EdgeResolver(earlier: directories[$0.id] ?? []) }
    }

    /// The places in the batch of spans that are stored already.
    private func duplicates(_ resolvers: [TraceID: EdgeResolver]) -> Set<Int> {
        var known: Set<Int> = []
        guard !resolvers.isEmpty else { return known }
        for trace in batch.traces {
            guard let resolver = resolvers[trace.traceID] else { continue }
            for index in trace.range where resolver.contains(batch.spans[index].spanID) { known.insert(index) }
        }
        return known
    }

    /// Counts the calls between spans of the segment and spans of earlier ones.
    private func addEdges(of sealed: SealedSegment, _ resolvers: [TraceID: EdgeResolver], to rollups: inout RollupDelta) throws {
        guard !resolvers.isEmpty else { return }
        for part in sealed.traces {
            guard let resolver = resolvers[part.traceID] else { continue }
            for edge in resolver.edges(of: try TraceDirectory(decoding: part.directory)) { rollups.add(edge) }
        }
    }

    /// Writes summaries and directories; returns an estimate of the bytes that they take.
    private mutating func writeTraces(
        _ sealed: SealedSegment, _ rows: [TraceID: TraceRow], segment: Int64, _ rollups: inout RollupDelta
    ) throws -> Int {
        var fresh: [[SQLValue]] = []
        var moving: [[SQLValue]] = []
        var staying: [[SQLValue]] = []
        var parts: [[SQLValue]] = []
        var bytes = 0
        for (place, part) in sealed.traces.enumerated() {
            bytes += part.directory.count + 20
            guard let old = rows[part.traceID] else {
                let id = TraceReference.first(of: segment) + Int64(place)
                let row = TraceRow(id: id, part, segment: segment, services: services.text(part.services))
                fresh.append(row.values)
                parts.append([.integer(id), .integer(segment), .blob(part.directory)])
                rollups.traces[RollupDelta.bucket(of: row.start), default: 0] += 1
                bytes += Self.traceBytes
                continue
            }
            var row = old
            try row.add(part, segment: segment, names: &services)
            if row.start == old.start, row.errors == old.errors { staying.append(row.values) } else { moving.append(row.values) }
            parts.append([.integer(row.id), .integer(segment), .blob(part.directory)])
            // A trace counts in the bucket of its start, which may turn out to be earlier.
            rollups.traces[RollupDelta.bucket(of: old.start), default: 0] -= 1
            rollups.traces[RollupDelta.bucket(of: row.start), default: 0] += 1
        }
        try connection.insert(into: "traces", columns: TraceRow.columns, rows: fresh)
        for (rows, moves) in [(moving, true), (staying, false)] where !rows.isEmpty {
            try connection.insert(into: "traces", columns: TraceRow.columns, rows: rows, conflict: TraceRow.conflict(moves: moves))
        }
        try connection.insert(into: "trace_parts", columns: ["trace_ref", "segment_id", "directory"], rows: parts)
        sequence.traces += Int64(fresh.count)
        return bytes
    }

    /// What a row of `traces` takes, with its indexes.
    private static let traceBytes = 220
}

/// The numbers of traces.
enum TraceReference {
    /// The first number of the traces that begin in a segment. They are fewer than there are numbers up to the next segment's.
    static func first(of segment: Int64) -> Int64 {
        segment << Int64(LogID.indexBits)
    }
}

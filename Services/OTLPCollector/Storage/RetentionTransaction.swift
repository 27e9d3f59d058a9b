// Deletes the oldest segments, a few at a time.

import ArgusStorage

/// What retention deleted.
struct RetentionResult: Sendable, Equatable {
    var segments = 0
    var spans: Int64 = 0
    var logs: Int64 = 0
    var traces: Int64 = 0
    var bytes: Int64 = 0

    /// Adds what another transaction deleted.
    mutating func add(_ other: RetentionResult) {
        segments += other.segments
        spans += other.spans
        logs += other.logs
        traces += other.traces
        bytes += other.bytes
    }
}

/// One small transaction of retention.
///
/// Segments go in the order they came in, so what they hold of traces is found without an index: it is at the very beginning of
/// `trace_parts`, where only parts of traces can be before it that began earlier and still have later parts.
struct RetentionTransaction {
    /// Items that one transaction deletes; one segment more than that at most.
    static let itemsPerTransaction: Int64 = 6000
    private static let segmentsPerTransaction = 64

    private struct Segment {
        var id: Int64
        var isSpans: Bool
        var receivedAt: Int64
        var items: Int64
        var bytes: Int64
    }

    /// Segments that were received before are deleted; unix milliseconds.
    let cutoff: Int64
    /// Bytes that may stay; nil is without limit.
    let limit: Int64?
    /// Unix milliseconds.
    let now: Int64

    /// Whether there is anything to delete, from a snapshot.
    func isNeeded(_ connection: any SQLConnection) throws -> Bool {
        let oldest = try connection.first("SELECT received_at FROM segments ORDER BY id LIMIT 1") { try $0.integer(0) }
        guard let oldest else { return false }
        if oldest < cutoff { return true }
        guard let limit else { return false }
        return try connection.first("SELECT bytes FROM telemetry_sequence WHERE id = 1") { try $0.integer(0) > limit } ?? false
    }

    /// Deletes some; nothing if there is nothing to delete.
    func run(_ connection: any SQLConnection) throws -> RetentionResult {
        var sequence = try TelemetrySequence.take(connection)
        var result = RetentionResult()
        guard let last = try choose(sequence, &result, connection) else { return result }
        let end = last + 1
        try connection.execute("DELETE FROM segment_bodies WHERE segment_id < ?", [.integer(end)])
        try connection.execute("DELETE FROM segments WHERE id < ?", [.integer(end)])
        try connection.execute("DELETE FROM log_messages WHERE segment_id < ?", [.integer(end)])
        result.traces = try deleteTraces(before: end, connection)
        try TextGenerations.retire(before: end, now: now, connection)
        sequence.bytes -= result.bytes
        sequence.spans -= result.spans
        sequence.logs -= result.logs
        sequence.traces -= result.traces
        try sequence.save(connection)
        return result
    }

    /// The newest segment to delete.
    private func choose(
        _ sequence: TelemetrySequence, _ result: inout RetentionResult, _ connection: any SQLConnection
    ) throws -> Int64? {
        let oldest = try connection.query(
            "SELECT id, signal, received_at, items, bytes FROM segments ORDER BY id LIMIT \(Self.segmentsPerTransaction)"
        ) { row in
            Segment(
                id: try row.integer(0), isSpans: try row.integer(1) == Int64(OTLPSignal.traces.rawValue), receivedAt: try row.integer(2),
                items: try row.integer(3), bytes: try row.integer(4))
        }
        var last: Int64?
        for segment in oldest where result.spans + result.logs < Self.itemsPerTransaction {
            guard segment.receivedAt < cutoff || limit.map({ sequence.bytes - result.bytes > $0 }) ?? false else { break }
            last = segment.id
            result.segments += 1
            result.bytes += segment.bytes
            if segment.isSpans { result.spans += segment.items } else { result.logs += segment.items }
        }
        return last
    }

    /// Deletes parts of traces, and traces without any left; how many of these.
    private func deleteTraces(before segment: Int64, _ connection: any SQLConnection) throws -> Int64 {
        let end = SQLValue.integer(TraceReference.first(of: segment))
        let parts = try connection.execute(
            "DELETE FROM trace_parts WHERE trace_ref < ? AND segment_id < ?", [end, .integer(segment)])
        guard parts > 0 else { return 0 }
        let traces = try connection.execute(
            "DELETE FROM traces WHERE id < ? AND NOT EXISTS (SELECT 1 FROM trace_parts WHERE trace_ref = traces.id)", [end])
        return Int64(traces)
    }
}

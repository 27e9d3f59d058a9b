// What must be in the database, computed from the raw items in the plainest way, and what is in it.

import ArgusOTLP
import ArgusShared
import ArgusStorage

@testable import OTLPCollector

/// A row of rollups: what tells it apart, and what it counts.
struct StoredRollup: Hashable {
    var step: Int64
    var bucket: Int64
    var first: String
    var second: String
}

/// What a row counts.
struct StoredCount: Hashable {
    var count: Int64 = 0
    var errors: Int64 = 0
    var duration: Int64 = 0
    var histogram = LatencyHistogram()

    mutating func add(_ span: StoredSpan) {
        count += 1
        errors += span.isError ? 1 : 0
        duration += span.end - span.start
        histogram.record(span.end - span.start)
    }
}

/// A trace's summary.
struct StoredTrace: Hashable {
    var start: Int64
    var end: Int64
    var root: [String]
    var first: [String]
    var spans: Int
    var errors: Int
    var services: [String]
}

/// All that the database derives from raw items.
struct StoredTelemetry: Equatable {
    var spans: Set<StoredSpan> = []
    var traces: [TraceID: StoredTrace] = [:]
    var operations: [StoredRollup: StoredCount] = [:]
    var edges: [StoredRollup: StoredCount] = [:]
    var traceCounts: [StoredRollup: Int64] = [:]
    var logs: [String: Int] = [:]
    var logCounts: [StoredRollup: Int64] = [:]
    var services: [StoredRollup: [Int64]] = [:]
}

extension StoredTelemetry {
    /// - Parameter step: how long the bucket is in which what happened at a time is counted; unix seconds.
    init(spans all: some Collection<StoredSpan>, messages: some Collection<StoredMessage> = [], step: (Int64) -> Int64 = { _ in 10 }) {
        func row(_ time: Int64, _ first: String, _ second: String) -> StoredRollup {
            let seconds = time / 1_000_000_000
            let step = step(seconds / 10 * 10)
            return StoredRollup(step: step, bucket: seconds / step * step, first: name(first), second: name(second))
        }
        func name(_ text: String) -> String { text.replacing("\0", with: "\u{FFFD}") }
        func see(_ service: String, _ operation: String, _ time: Int64) {
            let key = StoredRollup(step: 0, bucket: 0, first: name(service), second: name(operation))
            let bucket = time / 10_000_000_000 * 10
            let known = services[key] ?? [bucket, bucket]
            services[key] = [min(known[0], bucket), max(known[1], bucket)]
        }
        spans = Set(all)
        for (traceID, members) in Dictionary(grouping: spans, by: \.traceID) {
            let ordered = members.sorted { $0.start < $1.start }
            let root = ordered.first { $0.parent == nil }
            traces[traceID] = StoredTrace(
                start: ordered[0].start, end: members.map(\.end).max() ?? 0, root: root.map { [name($0.service), $0.operation] } ?? [],
                first: [name(ordered[0].service), ordered[0].operation], spans: members.count, errors: members.filter(\.isError).count,
                services: Set(members.map { name($0.service) }).sorted())
            traceCounts[row(ordered[0].start, "", ""), default: 0] += 1
            for span in members {
                operations[row(span.start, span.service, span.operation), default: .init()].add(span)
                see(span.service, span.operation, span.start)
                guard let parent = members.first(where: { $0.spanID == span.parent }), parent.service != span.service else { continue }
                edges[row(span.start, parent.service, span.service), default: .init()].add(span)
            }
        }
        for record in Set(messages).flatMap(\.records) {
            logs[record.text, default: 0] += 1
            logCounts[row(record.time, record.service, "\(Severity(number: Int(record.severity)).rawValue)"), default: 0] += 1
            see(record.service, "", record.time)
        }
    }

    /// Reads what is in the database.
    init(reading connection: any SQLConnection) throws {
        let bodies = try connection.query(
            "SELECT s.id, s.signal, b.body, s.items FROM segments s JOIN segment_bodies b ON b.segment_id = s.id"
        ) {
            (id: try $0.integer(0), signal: try $0.integer(1), body: try $0.blob(2), items: try $0.integer(3))
        }
        for body in bodies where body.signal == 0 {
            try SpanSegment(id: body.id, body: body.body).forEachSpan { span in
                let isNew = spans.insert(StoredSpan(span)).inserted
                if !isNew { throw StorageError(.other, "span \(span.spanID) is stored twice") }
            }
        }
        for body in bodies where body.signal == 1 {
            try LogSegment(id: body.id, body: body.body).forEachRecord { record in
                guard case .string(let text) = record.body else { return }
                logs[text, default: 0] += 1
            }
        }
        _ = try connection.query("SELECT \(TraceRow.columns.joined(separator: ", ")) FROM traces") { row in
            let trace = try TraceRow(row)
            let names = try JSONValue(parsing: Array(trace.services.utf8)).arrayValue?.compactMap(\.stringValue) ?? []
            traces[trace.traceID] = StoredTrace(
                start: trace.start, end: trace.end, root: trace.root.map { [$0.service, $0.operation] } ?? [],
                first: [trace.firstService, trace.firstOperation], spans: Int(trace.spans), errors: Int(trace.errors), services: names)
        }
        operations = try Self.counts("span_rollups", "service, operation, spans", connection)
        edges = try Self.counts("edge_rollups", "caller, callee, calls", connection)
        traceCounts = try Self.numbers("SELECT step, bucket, '', '', traces FROM trace_rollups WHERE traces <> 0", connection)
        logCounts = try Self.numbers("SELECT step, bucket, service, CAST(severity AS TEXT), logs FROM log_rollups", connection)
        _ = try connection.query("SELECT service, operation, first_seen, last_seen FROM telemetry_services") { row in
            let key = StoredRollup(step: 0, bucket: 0, first: try row.text(0), second: try row.text(1))
            services[key] = [try row.integer(2), try row.integer(3)]
        }
    }

    private static func counts(_ table: String, _ columns: String, _ connection: any SQLConnection) throws -> [StoredRollup: StoredCount] {
        let rows = try connection.query("SELECT step, bucket, \(columns), errors, duration_ns, histogram FROM \(table)") { row in
            (
                StoredRollup(step: try row.integer(0), bucket: try row.integer(1), first: try row.text(2), second: try row.text(3)),
                StoredCount(
                    count: try row.integer(4), errors: try row.integer(5), duration: try row.integer(6),
                    histogram: try LatencyHistogram(decoding: try row.blob(7)))
            )
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    private static func numbers(_ sql: String, _ connection: any SQLConnection) throws -> [StoredRollup: Int64] {
        let rows = try connection.query(sql) { row in
            (
                StoredRollup(step: try row.integer(0), bucket: try row.integer(1), first: try row.text(2), second: try row.text(3)),
                try row.integer(4)
            )
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }
}

extension StoredSpan {
    /// A span that was read back.
    init(_ span: SpanRecord) {
        self.init(
            traceID: span.traceID, spanID: span.spanID, parent: span.parentSpanID, service: span.service, operation: span.name,
            start: span.start, end: span.end, isError: span.status.code == .error)
    }
}

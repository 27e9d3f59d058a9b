// Answers questions about logs.

import ArgusOTLP
import ArgusStorage

/// The questions about logs. Each is one read transaction.
struct LogQueries: Sendable {
    /// Nanoseconds before and after a log that are its context.
    static let contextMargin: Int64 = 60 * TimeRange.nanosecondsPerSecond

    let database: any Database
    var limits = QueryLimits()

    /// A page of a list, newest first.
    struct Page: Sendable {
        var logs: [LogRecord]
        var next: PageCursor?
        /// The search gave up before the page was full; the next page goes on.
        var isTruncated: Bool
    }

    /// A log and those around it, by time.
    struct Context: Sendable {
        var log: LogRecord
        var before: [LogRecord]
        var after: [LogRecord]
        /// There are more before or after than are answered.
        var isTruncated: Bool
    }

    /// The page of a list that `query` asks for.
    func list(_ query: LogQuery) async throws -> Page {
        try await database.read { connection in
            let after = query.cursor.map { LogScan.Place(time: $0.rank, id: $0.id) }
            var scan = LogScan(query.condition, after: after, limit: query.limit, limits: limits)
            let result = try scan.run(connection)
            let next = result.next.map { PageCursor(rank: $0.time, id: $0.id, range: query.condition.range) }
            return Page(logs: result.logs, next: next, isTruncated: result.isTruncated)
        }
    }

    /// A log by its identifier; nil where there is none.
    func log(_ id: LogID) async throws -> LogRecord? {
        try await database.read { connection in try Self.log(id, connection) }
    }

    /// A log and those of the minute before and after it; nil where there is none.
    ///
    /// - Parameters:
    ///   - allServices: Logs of every service; else only those of the log's own.
    ///   - limit: The most logs before it, and after it.
    func context(_ id: LogID, allServices: Bool = false, limit: Int) async throws -> Context? {
        try await database.read { connection in
            guard let log = try Self.log(id, connection) else { return nil }
            let latest = Int64.max - Self.contextMargin - 1
            let range = TimeRange(
                start: max(log.time, Self.contextMargin) - Self.contextMargin, end: min(log.time, latest) + Self.contextMargin + 1)
            var condition = LogCondition(range: range)
            if !allServices { condition.service = log.service }
            let place = LogScan.Place(time: log.time, id: id.value)
            var earlier = LogScan(condition, direction: .newestFirst, after: place, limit: limit, limits: limits)
            var later = LogScan(condition, direction: .oldestFirst, after: place, limit: limit, limits: limits)
            let before = try earlier.run(connection)
            let after = try later.run(connection)
            return Context(
                log: log, before: before.logs.reversed(), after: after.logs, isTruncated: before.next != nil || after.next != nil)
        }
    }

    /// Logs in the order they were stored, beginning after one that need not exist any more.
    func after(sequence: LogID, limit: Int) async throws -> [LogRecord] {
        try await database.read { connection in
            var logs: [LogRecord] = []
            var next = sequence
            while logs.count < limit {
                let segments = try connection.query(
                    "SELECT id FROM segments WHERE id >= ? AND signal = \(SegmentRow.logs) ORDER BY id LIMIT 16",
                    [.integer(next.segment)]
                ) { try $0.integer(0) }
                for id in segments where logs.count < limit {
                    guard let body = try SegmentReader.body(id, connection) else { continue }
                    let segment = try LogSegment(id: id, body: body)
                    let first = id == sequence.segment ? sequence.index + 1 : 0
                    for index in first..<max(first, min(segment.count, first + limit - logs.count)) {
                        logs.append(try segment.record(at: index))
                    }
                }
                guard segments.count == 16, let last = segments.last else { break }
                next = LogID(segment: last + 1, index: 0)
            }
            return logs
        }
    }

    /// The first logs of a trace, by time.
    static func logs(
        of traceID: TraceID, limit: Int, limits: QueryLimits, _ connection: any SQLConnection
    ) throws -> (logs: [LogRecord], isTruncated: Bool) {
        var condition = LogCondition(range: TimeRange(start: .min, end: .max))
        condition.traceID = traceID
        var scan = LogScan(condition, direction: .oldestFirst, limit: limit, limits: limits)
        let result = try scan.run(connection)
        return (result.logs, result.next != nil)
    }

    private static func log(_ id: LogID, _ connection: any SQLConnection) throws -> LogRecord? {
        guard let body = try SegmentReader.body(id.segment, signal: SegmentRow.logs, connection) else { return nil }
        let segment = try LogSegment(id: id.segment, body: body)
        return id.index < segment.count ? try segment.record(at: id.index) : nil
    }
}

// Reads the query of a list of logs, and says what is wrong with it.

import ArgusOTLP
import ArgusService
import ArgusShared

/// Which logs are meant.
struct LogCondition: Sendable {
    var range: TimeRange
    var service: String?
    /// This severity and those above it.
    var severity: Severity?
    /// Words of the log; one that ends in `*` is the beginning of a word.
    var words: [String] = []
    var traceID: TraceID?

    /// The same for a segment.
    var filter: LogFilter {
        LogFilter(
            services: service.map { [$0] } ?? [], minimumSeverity: severity, words: words, traceID: traceID, time: range.start..<range.end)
    }
}

/// A checked query of `GET /api/logs`.
struct LogQuery: Sendable {
    static let defaultLimit = 100
    static let maximumLimit = 1000

    var condition: LogCondition
    var limit = LogQuery.defaultLimit
    var cursor: PageCursor?
    /// Ties cursors to the list they came from.
    var scope: UInt32 = 0

    init(condition: LogCondition, limit: Int = LogQuery.defaultLimit) {
        self.condition = condition
        self.limit = limit
    }

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems, now: Int64 = TimeRange.now()) throws {
        let listed = ["service", "severity", "q", "trace_id"] + TimeRange.parameters
        let reader = try QueryReader(items, allowed: listed + ["limit", "cursor"])
        scope = reader.fingerprint(of: listed)
        cursor = try reader.cursor(scope: scope)
        let range = try TimeRange(reader, now: now)
        condition = LogCondition(range: cursor?.range ?? range)
        condition.service = try reader.single("service")
        condition.severity = try reader.severity("severity")
        condition.words = try reader.words("q")
        condition.traceID = try reader.single("trace_id").map { try TraceID(text: $0, field: "trace_id") }
        limit = try reader.limit(default: Self.defaultLimit, maximum: Self.maximumLimit)
    }
}

extension QueryReader {
    /// The severity that a parameter names.
    func severity(_ name: String) throws -> Severity? {
        guard let text = try single(name) else { return nil }
        let severities = Severity.allCases.filter { $0 != .unspecified }
        guard let severity = severities.first(where: { $0.label == text.lowercased() }) else {
            throw Self.malformed(name, "must be one of \(severities.map(\.label).joined(separator: ", "))")
        }
        return severity
    }
}

extension Severity {
    /// How answers and queries name it.
    var label: String { name.lowercased() }
}

extension TraceID {
    /// Reads 32 hexadecimal digits; throws 400 naming the field for anything else.
    init(text: String, field: String) throws {
        guard let id = TraceID(hex: text) else {
            throw QueryReader.malformed(field, "must be 32 hexadecimal digits, not all zero")
        }
        self = id
    }
}

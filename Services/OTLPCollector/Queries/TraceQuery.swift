// Reads the query of a list of traces, and says what is wrong with it.

import ArgusService
import ArgusShared

/// What the list of traces is sorted by.
struct TraceSort: Sendable, Hashable {
    enum Key: String, CaseIterable, Sendable {
        case start, duration, spans, errors
    }

    static let standard = TraceSort(key: .start, isDescending: true)

    var key: Key
    var isDescending: Bool
}

/// A checked query of `GET /api/traces`.
struct TraceQuery: Sendable {
    enum Status: String, CaseIterable, Sendable {
        case ok, error
    }

    static let defaultLimit = 50
    static let maximumLimit = 1000
    private static let maximumAttributes = 10
    private static let filters = ["service", "operation", "status", "min_duration", "max_duration", "attribute", "q"]

    /// Traces that start in it.
    var range: TimeRange
    /// What one span must be like, if anything is asked of it; it must then also start in the range.
    var span: SpanFilter?
    var status: Status?
    /// Limits of the trace's duration in nanoseconds, both inclusive.
    var minimumDuration: Int64?
    var maximumDuration: Int64?
    var sort = TraceSort.standard
    var limit = TraceQuery.defaultLimit
    var cursor: PageCursor?
    /// Ties cursors to the list they came from.
    var scope: UInt32 = 0

    init(range: TimeRange) {
        self.range = range
    }

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems, now: Int64 = TimeRange.now()) throws {
        let listed = Self.filters + TimeRange.parameters + ["sort"]
        let reader = try QueryReader(items, allowed: listed + ["limit", "cursor"])
        scope = reader.fingerprint(of: listed)
        cursor = try reader.cursor(scope: scope)
        range = try TimeRange(reader, now: now)
        if let cursor { range = cursor.range }
        span = try Self.span(reader)
        status = try reader.one("status")
        minimumDuration = try reader.duration("min_duration")
        maximumDuration = try reader.duration("max_duration")
        if let minimumDuration, let maximumDuration, minimumDuration > maximumDuration {
            throw QueryReader.malformed("max_duration", "must not be less than min_duration")
        }
        if let text = try reader.single("sort") { sort = try Self.sort(text) }
        limit = try reader.limit(default: Self.defaultLimit, maximum: Self.maximumLimit)
    }

    private static func span(_ reader: QueryReader) throws -> SpanFilter? {
        var span = SpanFilter(service: try reader.single("service"), operation: try reader.single("operation"))
        span.attributes = try reader.all("attribute", atMost: maximumAttributes).map { text in
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw QueryReader.malformed("attribute", "must be key=value")
            }
            return SpanFilter.Attribute(key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
        }
        span.words = try reader.words("q")
        return span == SpanFilter() ? nil : span
    }

    private static func sort(_ text: String) throws -> TraceSort {
        let isDescending = text.hasPrefix("-")
        guard let key = TraceSort.Key(rawValue: String(text.dropFirst(isDescending ? 1 : 0))) else {
            let keys = TraceSort.Key.allCases.map(\.rawValue).joined(separator: ", ")
            throw QueryReader.malformed("sort", "must be one of \(keys), with - before it for descending order")
        }
        return TraceSort(key: key, isDescending: isDescending)
    }
}

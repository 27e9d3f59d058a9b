// Reads the queries of Jaeger's HTTP API.

import ArgusOTLP
import ArgusService
import ArgusShared

/// What Jaeger's search asks for. Parameters that are not known are ignored, as Jaeger does: its clients are of many versions.
struct JaegerQuery: Sendable {
    static let defaultLimit = 100
    static let maximumLimit = 1500
    /// What is searched where a query names no time.
    static let standardLookback: Int64 = 48 * 3600 * TimeRange.nanosecondsPerSecond

    /// Traces that are asked for by their identifiers; nothing else is then looked at.
    var traceIDs: [TraceID] = []
    var traces: TraceQuery

    /// Reads `service`, `operation`, `tags`, `tag`, `start`, `end`, `lookback`, `minDuration`, `maxDuration`, `limit`, `traceID`.
    init(_ items: QueryItems, now: Int64 = TimeRange.now()) throws {
        let reader = JaegerReader(items)
        traces = TraceQuery(range: try reader.range(now: now))
        traces.limit = try reader.limit("limit")
        traceIDs = try items.all("traceID").prefix(Self.maximumLimit).map { try TraceID(jaeger: $0, field: "traceID") }
        guard traceIDs.isEmpty else { return }
        guard let service = reader.text("service") else { throw QueryReader.malformed("service", "is required") }
        var span = SpanFilter(service: service, operation: reader.text("operation"))
        span.minimumDuration = try reader.duration("minDuration")
        span.maximumDuration = try reader.duration("maxDuration")
        if let minimum = span.minimumDuration, let maximum = span.maximumDuration, minimum > maximum {
            throw QueryReader.malformed("maxDuration", "must not be less than minDuration")
        }
        span.attributes = try items.all("tags").flatMap { try reader.tags($0, "tags") }
        span.attributes += try items.all("tag").filter { !$0.isEmpty }.map(reader.tag)
        span.readStandardTags()
        traces.span = span
    }
}

/// What version 3 of the query API asks for.
struct JaegerV3Query: Sendable {
    var traces: TraceQuery

    /// Reads the parameters `query.*`; `query.start_time_min` and `query.start_time_max` are required.
    init(_ items: QueryItems) throws {
        let reader = JaegerReader(items)
        let range = TimeRange(start: try reader.requiredTime("query.start_time_min"), end: try reader.requiredTime("query.start_time_max"))
        guard range.start < range.end else {
            throw QueryReader.malformed("query.start_time_max", "must be later than query.start_time_min")
        }
        traces = TraceQuery(range: range)
        let depth = items["query.search_depth"] == nil ? "query.num_traces" : "query.search_depth"
        traces.limit = try reader.limit(depth)
        var span = SpanFilter(service: reader.text("query.service_name"), operation: reader.text("query.operation_name"))
        span.minimumDuration = try reader.duration("query.duration_min")
        span.maximumDuration = try reader.duration("query.duration_max")
        span.attributes = try items.all("query.attributes").flatMap { try reader.tags($0, "query.attributes") }
        span.readStandardTags()
        if span != SpanFilter() { traces.span = span }
    }
}

extension SpanFilter {
    /// Some of Jaeger's tags are not attributes in OpenTelemetry.
    fileprivate mutating func readStandardTags() {
        for tag in attributes {
            switch (tag.key, tag.value) {
            case ("error", "true"): isError = true
            case ("error", "false"): isError = false
            case ("otel.status_code", "ERROR"): status = .error
            case ("otel.status_code", "OK"): status = .ok
            case ("span.kind", _): kind = SpanKind.allCases.first { $0.text == tag.value } ?? kind
            default: continue
            }
            attributes.removeAll { $0 == tag }
        }
    }
}

/// Reads single items; an empty one counts as absent, because Jaeger's user interface sends those.
struct JaegerReader {
    private static let maximumTags = 20
    private let items: QueryItems

    init(_ items: QueryItems) {
        self.items = items
    }

    func text(_ name: String) -> String? {
        items[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `start` and `end` in unix microseconds; else `lookback` before the end.
    func range(now: Int64) throws -> TimeRange {
        let end = try microseconds("end") ?? now
        var lookback = JaegerQuery.standardLookback
        // The user interface sends "custom" beside a start.
        if let text = text("lookback"), text != "custom" {
            guard let length = DurationText.nanoseconds(text, unit: nil) else {
                throw QueryReader.malformed("lookback", "must be a duration such as 1h, or custom")
            }
            lookback = length
        }
        let start = try max(microseconds("start") ?? end - min(lookback, end), 0)
        guard start < end else { throw QueryReader.malformed("end", "must be later than start") }
        return TimeRange(start: start, end: end)
    }

    func limit(_ name: String) throws -> Int {
        guard let text = text(name) else { return JaegerQuery.defaultLimit }
        guard let limit = Int(text), limit >= 1 else { throw QueryReader.malformed(name, "must be a whole number above 0") }
        return min(limit, JaegerQuery.maximumLimit)
    }

    func duration(_ name: String) throws -> Int64? {
        guard let text = text(name) else { return nil }
        guard let duration = DurationText.nanoseconds(text, unit: nil) else {
            throw QueryReader.malformed(name, "must be a duration such as 100ms or 1.2s")
        }
        return duration
    }

    func requiredTime(_ name: String) throws -> Int64 {
        guard let text = text(name) else { throw QueryReader.malformed(name, "is required") }
        return try TimeRange.time(text, name)
    }

    /// Whole milliseconds, microseconds and so on of a parameter, in nanoseconds.
    func count(_ name: String, unit: Int64) throws -> Int64? {
        guard let text = text(name) else { return nil }
        let product = Int64(text).map { $0.multipliedReportingOverflow(by: unit) }
        guard let product, !product.overflow, product.partialValue >= 0 else {
            throw QueryReader.malformed(name, "must be a whole number")
        }
        return product.partialValue
    }

    private func microseconds(_ name: String) throws -> Int64? {
        try count(name, unit: 1000)
    }

    /// An object whose members are tags; their values are texts, numbers or truth values.
    func tags(_ text: String, _ field: String) throws -> [SpanFilter.Attribute] {
        guard !text.isEmpty else { return [] }
        guard text.utf8.count <= 16_384, case .object(let members)? = try? JSONValue(parsing: Array(text.utf8)),
            members.count <= Self.maximumTags
        else { throw QueryReader.malformed(field, "must be a JSON object of at most \(Self.maximumTags) tags") }
        return try members.map { member in
            switch member.value {
            case .string(let value): return SpanFilter.Attribute(key: member.name, value: value)
            case .integer, .number, .bool:
                return SpanFilter.Attribute(key: member.name, value: String(decoding: member.value.bytes, as: UTF8.self))
            default: throw QueryReader.malformed(field, "must have texts as values")
            }
        }
    }

    /// `key:value`.
    func tag(_ text: String) throws -> SpanFilter.Attribute {
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else {
            throw QueryReader.malformed("tag", "must be key:value")
        }
        return SpanFilter.Attribute(key: String(text[..<colon]), value: String(text[text.index(after: colon)...]))
    }
}

extension TraceID {
    /// Reads up to 32 hexadecimal digits; Jaeger leaves zeros in front out.
    init(jaeger text: String, field: String) throws {
        guard (1...32).contains(text.utf8.count), let id = TraceID(hex: String(repeating: "0", count: 32 - text.utf8.count) + text) else {
            throw QueryReader.malformed(field, "must be at most 32 hexadecimal digits, not all zero")
        }
        self = id
    }
}

// Random telemetry for the tests of segments.

import ArgusOTLP
import TestSupport

@testable import OTLPCollector

/// Spans and logs of all shapes, from few names so that searches find something.
struct SegmentSamples {
    static let words = ["alpha", "Beta", "gamma-ray", "Über", "naïve", "500", "Größe", "日本", "x1", "out_of_stock"]

    var generator: SeededGenerator
    private var spanCounter: UInt64 = 0

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
    mutating func chance(_ oneIn: Int) -> Bool { number(oneIn) == 0 }
    mutating func word() -> String { Self.words[number(Self.words.count)] }

    mutating func text() -> String {
        (0..<number(4)).map { _ in word() }.joined(separator: chance(2) ? " " : "/")
    }

    mutating func value(depth: Int = 2) -> AnyValue {
        switch number(depth > 0 ? 9 : 7) {
        case 0: .empty
        case 1: .bool(chance(2))
        case 2: .int(chance(4) ? .random(in: .min ... .max, using: &generator) : Int64(number(4) * 250))
        case 3: .double(chance(2) ? Double(number(3)) * 250 : Double.random(in: -1e9...1e9, using: &generator))
        case 4: .bytes((0..<number(20)).map { UInt8(truncatingIfNeeded: $0 * 37) })
        case 7: .array((0..<number(4)).map { _ in value(depth: depth - 1) })
        case 8: .keyValues(attributes(depth: depth - 1))
        default: .string(text())
        }
    }

    mutating func attributes(depth: Int = 2) -> [Attribute] {
        (0..<(chance(50) ? 150 : number(6))).map { _ in Attribute(chance(8) ? "" : "key.\(word())", value(depth: depth)) }
    }

    mutating func dropped() -> UInt32 { chance(4) ? UInt32.random(in: 0 ... .max, using: &generator) : 0 }

    mutating func resource() -> OTLPResource {
        var attributes = attributes()
        if !chance(5) { attributes.append(Attribute("service.name", ["cart", "pay ment", "Stock"][number(3)])) }
        return OTLPResource(
            attributes: attributes, droppedAttributesCount: dropped(), schemaURL: chance(2) ? "" : "http://schema/\(number(3))")
    }

    mutating func scope() -> OTLPScope {
        OTLPScope(
            name: text(), version: "\(number(3))", attributes: attributes(), droppedAttributesCount: dropped(),
            schemaURL: chance(2) ? "" : "http://schema/\(number(3))")
    }

    mutating func traceID() -> TraceID {
        TraceID(high: .random(in: 1 ... .max, using: &generator), low: .random(in: 0 ... .max, using: &generator))
    }

    /// A span of a new id; its parent may be one of `parents`.
    mutating func span(of traceID: TraceID, parents: [SpanID], near time: UInt64 = 1_700_000_000_000_000_000) -> OTLPSpan {
        spanCounter += 1
        let start = time + UInt64(number(40_000_000_000))
        let duration = chance(10) ? 0 : UInt64.random(in: 0...(1 << UInt64(number(40))), using: &generator)
        var span = OTLPSpan(
            traceID: traceID, spanID: SpanID(value: spanCounter &* 0x9E37_79B9_7F4A_7C15 | 1),
            parentSpanID: parents.isEmpty || chance(5) ? nil : chance(4) ? SpanID(value: 99) : parents[number(parents.count)],
            name: text(), startTime: start, endTime: start + duration)
        span.kind = Int32(number(6))
        span.traceState = chance(4) ? "vendor=\(word())" : ""
        span.flags = chance(3) ? .random(in: 0 ... .max, using: &generator) : 0
        span.attributes = attributes()
        span.droppedAttributesCount = dropped()
        span.droppedEventsCount = dropped()
        span.droppedLinksCount = dropped()
        span.statusCode = Int32(number(3))
        span.statusMessage = chance(3) ? text() : ""
        for _ in 0..<(chance(3) ? number(4) : 0) {
            span.events.append(
                .init(
                    time: chance(5) ? 0 : start &+ UInt64(number(1000)) &- 500, name: text(), attributes: attributes(),
                    droppedAttributesCount: dropped()))
        }
        for _ in 0..<(chance(4) ? number(3) : 0) {
            span.links.append(
                .init(
                    traceID: self.traceID(), spanID: SpanID(value: UInt64(number(1000) + 1)), traceState: chance(2) ? "" : word(),
                    attributes: attributes(), droppedAttributesCount: dropped(), flags: UInt32(number(3))))
        }
        return span
    }

    /// Groups of random traces, their spans mixed over resources.
    mutating func spanGroups(traces: Int) -> [OTLPGroup<OTLPSpan>] {
        var groups = (0..<(1 + number(4))).map { _ in
            let resource = resource()
            return OTLPGroup(resource: resource, scopes: (0..<(1 + number(2))).map { _ in .init(scope: scope(), items: [OTLPSpan]()) })
        }
        for _ in 0..<traces {
            let traceID = traceID()
            var ids: [SpanID] = []
            for _ in 0..<(1 + number(8)) {
                let span = span(of: traceID, parents: ids)
                ids.append(span.spanID)
                let group = number(groups.count)
                groups[group].scopes[number(groups[group].scopes.count)].items.append(span)
            }
        }
        return groups
    }

    mutating func logGroups(records: Int) -> [OTLPGroup<OTLPLogRecord>] {
        var groups = (0..<(1 + number(4))).map { _ in
            OTLPGroup(resource: resource(), scopes: [.init(scope: scope(), items: [OTLPLogRecord]())])
        }
        let traces = (0..<5).map { _ in traceID() }
        for _ in 0..<records {
            let time = 1_700_000_000_000_000_000 + UInt64(number(30)) * 1_000_000_000
            var record = OTLPLogRecord(
                time: chance(5) ? 0 : time, observedTime: chance(3) ? 0 : time + UInt64(number(1000)), severityNumber: Int32(number(25)),
                severityText: chance(2) ? "" : word(), body: value())
            record.attributes = attributes()
            record.droppedAttributesCount = dropped()
            record.eventName = chance(3) ? text() : ""
            record.traceID = chance(2) ? nil : traces[number(5)]
            record.spanID = chance(2) ? nil : SpanID(value: UInt64(number(1000) + 1))
            record.flags = chance(3) ? 1 : 0
            groups[number(groups.count)].scopes[0].items.append(record)
        }
        return groups
    }

    static func message(_ groups: [OTLPGroup<OTLPSpan>], sequence: UInt64 = 1) -> TelemetryMessage {
        TelemetryMessage(signal: .traces, sequence: sequence, published: 1_700_000_000_000_000_001, payload: OTLPTraces.request(groups))
    }

    static func message(_ groups: [OTLPGroup<OTLPLogRecord>], sequence: UInt64 = 1) -> TelemetryMessage {
        TelemetryMessage(signal: .logs, sequence: sequence, published: 1_700_000_000_000_000_001, payload: OTLPLogs.request(groups))
    }
}

// MARK: - What is expected

extension Resource {
    init(_ resource: OTLPResource) {
        self.init(attributes: resource.attributes, droppedAttributes: resource.droppedAttributesCount, schemaURL: resource.schemaURL)
    }
}

extension Scope {
    init(_ scope: OTLPScope) {
        self.init(
            name: scope.name, version: scope.version, attributes: scope.attributes, droppedAttributes: scope.droppedAttributesCount,
            schemaURL: scope.schemaURL)
    }
}

extension SpanRecord {
    init(_ span: OTLPSpan, _ resource: OTLPResource, _ scope: OTLPScope) {
        self.init(
            traceID: span.traceID, spanID: span.spanID, parentSpanID: span.parentSpanID, traceState: span.traceState, flags: span.flags,
            name: span.name, kind: SpanKind(rawValue: Int(span.kind)) ?? .unspecified, start: Int64(span.startTime),
            end: Int64(span.endTime),
            status: SpanStatus(code: .init(rawValue: Int(span.statusCode)) ?? .unset, message: span.statusMessage),
            service: Resource(resource).service, resource: Resource(resource), scope: Scope(scope), attributes: span.attributes,
            droppedAttributes: span.droppedAttributesCount,
            events: span.events.map {
                SpanEvent(time: Int64($0.time), name: $0.name, attributes: $0.attributes, droppedAttributes: $0.droppedAttributesCount)
            },
            droppedEvents: span.droppedEventsCount,
            links: span.links.map {
                SpanLink(
                    traceID: $0.traceID, spanID: $0.spanID, traceState: $0.traceState, flags: $0.flags, attributes: $0.attributes,
                    droppedAttributes: $0.droppedAttributesCount)
            }, droppedLinks: span.droppedLinksCount)
    }

    /// All spans of some groups, in order.
    static func all(_ groups: [OTLPGroup<OTLPSpan>]) -> [SpanRecord] {
        groups.flatMap { group in
            group.scopes.flatMap { scoped in scoped.items.map { SpanRecord($0, group.resource, scoped.scope) } }
        }
    }
}

extension LogRecord {
    init(_ record: OTLPLogRecord, _ resource: OTLPResource, _ scope: OTLPScope, published: Int64) {
        let time = record.time != 0 ? record.time : record.observedTime
        self.init(
            id: LogID(value: 0), time: time != 0 ? Int64(time) : published, givenTime: Int64(record.time),
            observedTime: Int64(record.observedTime), severityNumber: Int(record.severityNumber), severityText: record.severityText,
            eventName: record.eventName, body: record.body, attributes: record.attributes, droppedAttributes: record.droppedAttributesCount,
            traceID: record.traceID, spanID: record.spanID, flags: record.flags, service: Resource(resource).service,
            resource: Resource(resource), scope: Scope(scope))
    }

    static func all(_ groups: [OTLPGroup<OTLPLogRecord>], published: Int64) -> [LogRecord] {
        groups.flatMap { group in
            group.scopes.flatMap { scoped in scoped.items.map { LogRecord($0, group.resource, scoped.scope, published: published) } }
        }
    }
}

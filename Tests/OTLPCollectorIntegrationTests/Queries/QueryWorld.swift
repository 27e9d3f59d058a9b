// Spans and logs as a test knows them, and the OTLP that carries them.

import ArgusOTLP
import TestSupport

@testable import OTLPCollector

/// What was sent, in plain values. Answers are compared with what follows from these.
struct QueryWorld: Sendable {
    struct Span: Sendable {
        var traceID: TraceID
        var spanID: SpanID
        var parent: SpanID?
        var service: String
        var operation: String
        var kind: SpanKind
        var start: Int64
        var end: Int64
        var isError: Bool
        var message: String
        var attributes: [Attribute]
        var event: String?

        var duration: Int64 { end - start }

        /// Attributes of the span and its resource.
        var allAttributes: [Attribute] { attributes + QueryWorld.resource(service) }
    }

    struct Log: Sendable {
        var time: Int64
        var service: String
        var severity: Int
        var body: String
        var attributes: [Attribute]
        var traceID: TraceID?
        var spanID: SpanID?
    }

    static let second: Int64 = 1_000_000_000
    /// The first moment of the world.
    static let begin: Int64 = 1_700_000_000 * second
    /// The world lasts half an hour.
    static let end: Int64 = begin + 1800 * second

    var spans: [Span] = []
    var logs: [Log] = []
    /// Export requests in the order they are stored, each list one transaction.
    var spanBatches: [[[UInt8]]] = []
    var logBatches: [[[UInt8]]] = []

    static func resource(_ service: String) -> [Attribute] {
        [Attribute("service.name", service), Attribute("host.name", "host-of-\(service)"), Attribute("process.pid", .int(4242))]
    }

    /// Traces over several services, in batches that cut traces apart and repeat some spans.
    init(seed: UInt64, traces: Int, logs count: Int, perBatch: Int = 40) {
        var random = SeededGenerator(seed: seed)
        var ids = Set<UInt64>()
        func id(_ random: inout SeededGenerator) -> UInt64 {
            var id = UInt64.random(in: 1...(.max), using: &random)
            while !ids.insert(id).inserted { id = UInt64.random(in: 1...(.max), using: &random) }
            return id
        }
        for _ in 0..<traces {
            let traceID = TraceID(high: id(&random), low: id(&random))
            let start = Int64.random(in: Self.begin..<Self.end - 60 * Self.second, using: &random)
            var members: [Span] = []
            for place in 0..<Int.random(in: 1...7, using: &random) {
                let parent = members.randomElement(using: &random)
                // Some roots never arrive.
                let parentID =
                    place == 0 ? (UInt8.random(in: 0..<8, using: &random) == 0 ? SpanID(value: id(&random)) : nil) : parent?.spanID
                let began = (parent?.start ?? start) + Int64.random(in: 0..<200_000_000, using: &random)
                members.append(
                    Self.span(traceID, SpanID(value: id(&random)), parentID, start: place == 0 ? start : began, &random))
            }
            spans += members
        }
        for _ in 0..<count { logs.append(Self.log(spans, &random)) }
        var sent = spans
        sent.shuffle(using: &random)
        // What is delivered twice counts once.
        sent += sent.prefix(20)
        spanBatches = Self.batches(sent, perBatch, &random) { QueryOTLP.traces($0) }
        logBatches = Self.batches(logs, perBatch, &random) { QueryOTLP.logs($0) }
    }

    private static func batches<Item>(
        _ items: [Item], _ size: Int, _ random: inout SeededGenerator, _ encode: ([Item]) -> [UInt8]
    ) -> [[[UInt8]]] {
        var batches: [[[UInt8]]] = []
        var rest = items[...]
        while !rest.isEmpty {
            var messages: [[UInt8]] = []
            for _ in 0..<2 where !rest.isEmpty {
                let count = min(rest.count, Int.random(in: 1...size, using: &random))
                messages.append(encode(Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            }
            batches.append(messages)
        }
        return batches
    }

    static let services = ["chaos-order", "payment", "Inventory_DB", "größe", "unknown_service"]
    static let operations = ["POST /orders", "charge", "SELECT stock", "reserve*", "GET /items/{id}"]
    private static let words = ["timeout", "Timeout", "database", "lock", "naïve", "日本", "order-42", "x", "retrying", "100%"]

    private static func span(
        _ traceID: TraceID, _ spanID: SpanID, _ parent: SpanID?, start: Int64, _ random: inout SeededGenerator
    ) -> Span {
        let isError = UInt8.random(in: 0..<6, using: &random) == 0
        let length = Int64(1) << Int64.random(in: 0...33, using: &random)
        let end = start + Int64.random(in: 0...length, using: &random)
        let attributes = [
            Attribute("http.response.status_code", .int([200, 404, 500].randomElement(using: &random) ?? 0)),
            Attribute("customer", words.randomElement(using: &random) ?? ""),
            Attribute("cached", .bool(Bool.random(using: &random))),
            Attribute("ratio", .double(0.25)),
            Attribute("tags", .array([.string("red"), .string(words.randomElement(using: &random) ?? "")])),
        ]
        return Span(
            traceID: traceID, spanID: spanID, parent: parent, service: services.randomElement(using: &random) ?? "",
            operation: operations.randomElement(using: &random) ?? "", kind: SpanKind.allCases.randomElement(using: &random) ?? .internal,
            start: start, end: end, isError: isError, message: isError ? "Gateway \(words.randomElement(using: &random) ?? "")" : "",
            attributes: attributes, event: Bool.random(using: &random) ? "cache.\(words.randomElement(using: &random) ?? "")" : nil)
    }

    private static func log(_ spans: [Span], _ random: inout SeededGenerator) -> Log {
        let span = Bool.random(using: &random) ? spans.randomElement(using: &random) : nil
        let chosen = (0..<Int.random(in: 1...4, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
        // Few distinct times, so that many logs share one.
        let time = begin + Int64.random(in: 0..<1800, using: &random) * second
        return Log(
            time: span?.start ?? time, service: span?.service ?? services.randomElement(using: &random) ?? "",
            severity: Int.random(in: 0...24, using: &random), body: chosen.joined(separator: " "),
            attributes: [Attribute("attempt", .int(Int64.random(in: 0..<3, using: &random)))], traceID: span?.traceID, spanID: span?.spanID)
    }
}

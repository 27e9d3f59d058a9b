// What the services tell Argus of themselves.

import ArgusBus
import ArgusOTLP
import ArgusShared
import TestSupport
import Testing

@testable import ChaosShared

@Suite(.serialized) struct TelemetryTests {
    /// A span or log record with its service.
    private struct Told<Item: Sendable>: Sendable {
        let service: String
        let item: Item
    }

    @Test(.timeLimit(.minutes(1))) func anOrderIsOneTraceThroughAllThree() async throws {
        let trio = try await Trio.start()
        let (order, payment, inventory) = (try await trio.order(), try await trio.payment(), try await trio.inventory())
        let answer = try await order.order()
        let traceID = try #require(answer.headers["x-trace-id"])
        #expect(answer.headers["traceparent"]?.hasPrefix("00-\(traceID)-") == true)
        #expect(answer.json["trace_id"]?.stringValue == traceID)
        for member in [order, payment, inventory] { try await member.stop() }

        let told = try await spans(trio)
        #expect(told.allSatisfy { $0.item.traceID.hex == traceID && $0.item.statusCode != 2 })
        let names = told.map { "\($0.service) \($0.item.kind) \($0.item.name)" }.sorted()
        #expect(
            names == [
                "chaos-inventory 1 lock stock", "chaos-inventory 5 process argus.chaos.inventory.reserve",
                "chaos-order 2 POST /orders", "chaos-order 3 charge payment", "chaos-order 4 publish argus.chaos.payment.charge",
                "chaos-payment 3 reserve inventory", "chaos-payment 4 publish argus.chaos.inventory.reserve",
                "chaos-payment 5 process argus.chaos.payment.charge",
            ])
        #expect(crossings(told) == ["chaos-order > chaos-payment", "chaos-payment > chaos-inventory"])
        let server = try #require(told.first { $0.item.kind == 2 }).item
        #expect(server.parentSpanID == nil)
        #expect(server.attributes.contains(Attribute("http.request.method", "POST")))
        #expect(server.attributes.contains(Attribute("http.response.status_code", .int(201))))
        #expect(server.attributes.contains(Attribute("http.route", "/orders")))
        let consumer = try #require(told.first { $0.item.kind == 5 && $0.service == "chaos-payment" }).item
        #expect(consumer.attributes.contains(Attribute("messaging.system", "nats")))
        #expect(consumer.attributes.contains(Attribute("messaging.destination.name", "argus.chaos.payment.charge")))
        #expect(consumer.attributes.contains(Attribute("messaging.operation.type", "process")))
    }

    @Test(.timeLimit(.minutes(1))) func aFailureMarksEverySpanItWentThrough() async throws {
        let trio = try await Trio.start()
        let (order, payment) = (try await trio.order(), try await trio.payment())
        let inventory = try await trio.inventory(["CHAOS_INVENTORY_ERROR_RATE": "1", "CHAOS_INVENTORY_ERROR_DELAY": "10ms"])
        let parent = TraceContext.makeRoot()
        let answer = try await order.order(traceparent: parent.traceparent)
        #expect(answer.status == 500)
        #expect(answer.headers["x-trace-id"] == parent.traceID)
        for member in [order, payment, inventory] { try await member.stop() }

        let told = try await spans(trio)
        #expect(told.allSatisfy { $0.item.traceID.hex == parent.traceID })
        #expect(told.first { $0.item.kind == 2 }?.item.parentSpanID?.hex == parent.spanID)
        let failed = told.filter { $0.item.statusCode == 2 }.map { "\($0.service) \($0.item.kind)" }.sorted()
        #expect(
            failed == [
                "chaos-inventory 1", "chaos-inventory 5", "chaos-order 2", "chaos-order 3", "chaos-payment 3", "chaos-payment 5",
            ])
        let consumer = try #require(told.first { $0.service == "chaos-inventory" && $0.item.kind == 5 }).item
        #expect(consumer.statusMessage == "Database Lock")

        let records = try await logs(trio).filter { $0.item.traceID?.hex == parent.traceID }
        #expect(Set(records.map(\.service)) == ["chaos-order", "chaos-payment", "chaos-inventory"])
        #expect(records.filter { $0.item.severityNumber >= 17 }.count == 3)
        let ids = Set(told.map { $0.item.spanID })
        #expect(records.allSatisfy { record in record.item.spanID.map { ids.contains($0) } == true })
    }

    @Test(.timeLimit(.minutes(1))) func aLostCallIsSeenInTheTrace() async throws {
        let trio = try await Trio.start()
        let order = try await trio.order(["CHAOS_ORDER_TIMEOUT": "500ms"])
        let answer = try await order.order()
        #expect(answer.status == 504)
        // Late, so that it is expired when it is delivered.
        let payment = try await trio.payment()
        try await eventually("the call is seen") { try await payment.metric("argus_chaos_expired_total") == 1 }
        for member in [order, payment] { try await member.stop() }
        let told = try await spans(trio)
        #expect(Set(told.map { $0.item.traceID.hex }) == [try #require(answer.headers["x-trace-id"])])
        let late = try #require(told.first { $0.service == "chaos-payment" }).item
        #expect(late.kind == 5 && late.statusCode == 2)
        #expect(late.attributes.contains(Attribute("error.type", "deadline_exceeded")))
    }

    /// Pairs of services of which one's span is the parent of the other's.
    private func crossings(_ told: [Told<OTLPSpan>]) -> [String] {
        let services = Dictionary(told.map { ($0.item.spanID, $0.service) }) { first, _ in first }
        return told.compactMap { span in
            guard let parent = span.item.parentSpanID.flatMap({ services[$0] }), parent != span.service else { return nil }
            return "\(parent) > \(span.service)"
        }.sorted()
    }

    private func spans(_ trio: Trio) async throws -> [Told<OTLPSpan>] {
        try await requests(trio, Subjects.otlpTraces).flatMap { request in
            try request.withUnsafeBytes { try OTLPTraces.groups(in: $0) }.flatMap { group in
                group.scopes.flatMap(\.items).map { Told(service: Self.service(of: group.resource.attributes), item: $0) }
            }
        }
    }

    private func logs(_ trio: Trio) async throws -> [Told<OTLPLogRecord>] {
        try await requests(trio, Subjects.otlpLogs).flatMap { request in
            try request.withUnsafeBytes { try OTLPLogs.groups(in: $0) }.flatMap { group in
                group.scopes.flatMap(\.items).map { Told(service: Self.service(of: group.resource.attributes), item: $0) }
            }
        }
    }

    /// Everything on a subject of the telemetry stream.
    private func requests(_ trio: Trio, _ subject: String) async throws -> [[UInt8]] {
        let bus = try await trio.connect()
        let consumer = try await bus.consume(subject == Subjects.otlpTraces ? Consumers.traceWriter : Consumers.logWriter)
        var requests: [[UInt8]] = []
        while true {
            let messages = try await consumer.next(max: 100, wait: .milliseconds(500))
            if messages.isEmpty { return requests }
            requests += messages.map(\.payload)
        }
    }

    private static func service(of attributes: [Attribute]) -> String {
        guard case .string(let name) = attributes.first(where: { $0.key == "service.name" })?.value else { return "" }
        return name
    }
}

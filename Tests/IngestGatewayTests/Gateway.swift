// A gateway within the test, beside a real nats-server.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import TestSupport

@testable import IngestGateway

/// A running gateway and the means to see what it does.
struct Gateway: Sendable {
    let port: Int
    let nats: NATSServer
    /// A connection of the test's own.
    let bus: Bus
    let bootstrap: ServiceBootstrap

    private static let zero = Timestamp(milliseconds: 0)

    /// Starts nats-server and a gateway, and ends both after `body`.
    static func run(
        environment: [String: String] = [:], _ body: @escaping @Sendable (Gateway) async throws -> Void
    ) async throws {
        try await runUntilShutdown(environment: environment, body)
    }

    /// The same; what `body` returns is returned after the gateway has shut down.
    static func runUntilShutdown<Value: Sendable>(
        environment: [String: String] = [:], _ body: @escaping @Sendable (Gateway) async throws -> Value
    ) async throws -> Value {
        let nats = try await NATSServer.start()
        var variables = environment
        variables["HTTP_PORT"] = "0"
        variables["NATS_URL"] = nats.url
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.ingestGateway, environment: variables, defaults: IngestSettings.defaults, logLevel: .critical)
        let application = try await IngestApplication.build(bootstrap)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let bus = try await Bus.connect(BusConfiguration(servers: [nats.url], name: "test"), logger: logger)
        let value = try await application.application.withRunning(logger: logger) {
            let gateway = Gateway(port: try await application.server.port(), nats: nats, bus: bus, bootstrap: bootstrap)
            try await eventually("the gateway is ready") { try await send(gateway.port, "GET", "/readyz").status == 200 }
            return try await body(gateway)
        }
        await bus.drain()
        await nats.stop()
        return value
    }

    /// Creates or replaces a manager, as alert-api does.
    func putManager(_ id: String, rule: String? = nil, routingKey: String? = nil) async throws {
        var writer = JSONWriter()
        EventManager(
            id: id, name: id, groupingRuleID: rule, routingKey: routingKey ?? "key-of-\(id)", createdAt: Self.zero, updatedAt: Self.zero
        ).write(to: &writer)
        _ = try await bus.keyValue(Buckets.configuration).put(ConfigurationKeys.manager(id), writer.bytes)
    }

    /// Creates or replaces a rule, as alert-api does.
    func putRule(_ id: String, keys: [String], minutes: Int = 30) async throws {
        var writer = JSONWriter()
        GroupingRule(
            id: id, name: id, groupingKeys: keys, isList: keys.count > 1, timeWindowMinutes: minutes, createdAt: Self.zero,
            updatedAt: Self.zero
        ).write(to: &writer)
        _ = try await bus.keyValue(Buckets.configuration).put(ConfigurationKeys.rule(id), writer.bytes)
    }

    /// The messages of a manager's partition, in order.
    func messages(of manager: String) async throws -> [BusMessage] {
        let stream = Streams.eventsName(partition: Partitioning.partition(ofManager: manager, count: Partitioning.defaultCount))
        let info = try await bus.streamInfo(stream)
        guard info.messages > 0 else { return [] }
        var messages: [BusMessage] = []
        for sequence in info.firstSequence...info.lastSequence {
            if let message = try await bus.message(stream: stream, sequence: sequence) { messages.append(message) }
        }
        return messages
    }

    /// The events of a manager on the bus, in order.
    func events(of manager: String) async throws -> [AlertEvent] {
        try await messages(of: manager).flatMap { try AlertEvent.readLines($0.payload) }.filter { $0.managerID == manager }
    }

    /// The value of a line of `/metrics`.
    func metric(_ line: String) async throws -> Double? {
        let text = try await send(port, "GET", "/metrics").text
        return text.split(separator: "\n").first { $0.hasPrefix(line + " ") }.flatMap { Double($0.split(separator: " ").last ?? "") }
    }
}

/// A trigger's JSON.
func trigger(_ manager: String, _ key: String, class: String = "c", more: String = "") -> String {
    #"{"event_manager_id":"\#(manager)","summary":"s","severity":"high","action":"trigger","class":"\#(`class`)","dedupKey":"\#(key)"\#(more)}"#
}

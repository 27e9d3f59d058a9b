// A bus, gateways beside it, and what a user of bridges does and sees.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import TestSupport
import Testing

@testable import GroupingProcessor
@testable import IngestGateway

/// Everything a test of bridges needs.
struct BridgeBed: Sendable {
    static let manager = "team"

    let server: NATSServer
    let bus: Bus

    /// Starts the bus.
    ///
    /// - Parameter accounts: The server's users and their permissions, as configuration text; `operator` may do everything.
    static func start(accounts: String = "") async throws -> BridgeBed {
        let server = try await NATSServer.start(extraConfiguration: accounts)
        var configuration = BusConfiguration(servers: [server.url], name: "test")
        if !accounts.isEmpty {
            configuration.user = "operator"
            configuration.password = "secret"
        }
        let bus = try await Bus.connect(configuration, logger: quiet)
        _ = try await BusSetup.ensure(on: bus, partitions: 2, eventBytes: 64 << 20)
        let bed = BridgeBed(server: server, bus: bus)
        try await bed.put(manager: manager)
        return bed
    }

    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// Ends the bus: the last thing a test does.
    func stop() async {
        await bus.drain()
        await server.stop()
    }

    /// Runs a gateway while `body` runs.
    func withGateway<Value: Sendable>(
        _ environment: [String: String] = [:], _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.ingestGateway, environment: ["HTTP_PORT": "0", "NATS_URL": server.url].merging(environment) { $1 },
            defaults: IngestSettings.defaults, logLevel: .critical)
        let application = try await IngestApplication.build(bootstrap)
        return try await application.application.withRunning(logger: Self.quiet) {
            _ = try await application.server.port()
            return try await body()
        }
    }

    // MARK: Configuration

    func put(manager id: String) async throws {
        var writer = JSONWriter()
        EventManager(id: id, name: id, routingKey: "key-of-\(id)", createdAt: .now(), updatedAt: .now()).write(to: &writer)
        _ = try await bus.keyValue(Buckets.configuration).put(ConfigurationKeys.manager(id), writer.bytes)
    }

    /// Creates or replaces a bridge, as alert-api does.
    func put(bridge id: String, _ source: Bridge.Source, _ change: (inout Bridge) throws -> Void = { _ in }) async throws {
        var bridge = Bridge(id: id, source: source, managerID: Self.manager, at: .now())
        try change(&bridge)
        var writer = JSONWriter()
        bridge.write(to: &writer)
        _ = try await bus.keyValue(Buckets.configuration).put(ConfigurationKeys.bridge(id), writer.bytes)
    }

    func delete(bridge id: String) async throws {
        try await bus.keyValue(Buckets.configuration).delete(ConfigurationKeys.bridge(id))
    }

    // MARK: What happens

    @discardableResult
    func publish(_ kind: ProcessEvent.Kind, _ name: String = "caddy", exitCode: Int64? = nil) async throws -> UInt64 {
        try await bus.ensure(Streams.processEvents())
        var event = ProcessEvent(kind, state: ProcessState(name: name, status: "Running"), at: .now())
        event.exitCode = exitCode
        return try await bus.publish(event.json, to: event.subject, messageID: Identifier.make()).sequence
    }

    @discardableResult
    func publish(run: String, status: String, workflow: String = "wf", error: String? = nil) async throws -> UInt64 {
        try await bus.ensure(Streams.observation())
        var event = ObservationEvent(.runEnded)
        event.clientID = "org"
        event.workflowID = workflow
        event.runID = run
        var data = [JSONValue.Member("status", .string(status))]
        if let error { data.append(.init("error", .string(error))) }
        event.data = RawJSON(.object(data))
        return try await bus.publish(event.json, to: event.type.subject, messageID: event.id).sequence
    }

    /// Waits until what happens next has a later time than what happened last.
    func clockMoves() async throws {
        let before = Timestamp.now()
        try await eventually("the clock moves") { Timestamp.now().milliseconds > before.milliseconds + 1 }
    }

    // MARK: What comes of it

    /// The alert events of a manager, in order.
    func events(of manager: String = BridgeBed.manager) async throws -> [AlertEvent] {
        let stream = Streams.eventsName(partition: Partitioning.partition(ofManager: manager, count: 2))
        let info = try await bus.streamInfo(stream)
        guard info.messages > 0 else { return [] }
        var events: [AlertEvent] = []
        for sequence in info.firstSequence...info.lastSequence {
            guard let message = try await bus.message(stream: stream, sequence: sequence) else { continue }
            events += try AlertEvent.readLines(message.payload).filter { $0.managerID == manager }
        }
        return events
    }

    /// Waits until there are so many alert events.
    @discardableResult
    func events(_ count: Int, within limit: Duration = .seconds(20)) async throws -> [AlertEvent] {
        try await eventually("\(count) alert events", within: limit) { try await events().count >= count }
        return try await events()
    }

    /// Waits until the gateways are done with a stream.
    func settled(_ consumer: ConsumerDefinition, within limit: Duration = .seconds(30)) async throws {
        let last = try await bus.streamInfo(consumer.stream).lastSequence
        try await eventually("\(consumer.name) is through", within: limit) {
            guard let info = try? await bus.consumerInfo(stream: consumer.stream, name: consumer.name) else { return false }
            return info.pending == 0 && info.unacknowledged == 0 && (info.acknowledgedFloor >= last || consumer.filterSubject != nil)
        }
    }

    /// What the grouping processor makes of the events: alerts by dedup key and their transitions.
    func outcome() async throws -> (alerts: [String: Alert], transitions: [String: [Transition]]) {
        var state = PartitionState()
        for event in try await events() { state.apply(event) }
        var alerts: [String: Alert] = [:]
        var transitions: [String: [Transition]] = [:]
        for change in state.takeChanges() {
            alerts[change.alert.dedupKey] = change.alert
            transitions[change.alert.dedupKey, default: []] += change.transitions
        }
        return (alerts, transitions)
    }
}

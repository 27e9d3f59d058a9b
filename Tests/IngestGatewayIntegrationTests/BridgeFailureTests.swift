// Gateways that die, and failures that come at the same moment as a resolve.

import ArgusBus
import ArgusService
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import IngestGateway

@Suite(.serialized) struct BridgeFailureTests {
    /// Of two gateways, each a process of its own, one is killed while it works.
    @Test(.timeLimit(.minutes(3))) func aKilledGatewayLeavesNothingOutAndNothingTwice() async throws {
        let bed = try await BridgeBed.start()
        try await bed.put(bridge: "b", .process)
        let gateways = try (0..<2).map { _ in try launch(bed) }
        defer { for gateway in gateways { gateway.terminate(signal: SIGKILL) } }
        let rounds = 150
        for round in 0..<rounds {
            try await bed.publish(.crashed)
            try await bed.publish(.healthy)
            if round == 20 { _ = try await bed.events(10, within: .seconds(40)) }
            if round == 60 { gateways[0].terminate(signal: SIGKILL) }
        }
        try await bed.settled(Consumers.bridgeProcesses, within: .seconds(60))
        let events = try await bed.events()
        #expect(events.map(\.action) == Array(repeating: [AlertEvent.Action.trigger, .resolve], count: rounds).flatMap { $0 })
        #expect(Set(events.map(\.id)).count == 2 * rounds)
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func aResolveDoesNotOvertakeWhatCameMeanwhile() async throws {
        let bed = try await BridgeBed.start()
        let configuration = ConfigurationStore(bus: bed.bus, partitions: 2, logger: BridgeBed.quiet)
        let metrics = MetricsRegistry()
        let publisher = BridgePublisher(
            configuration: configuration, messages: BusPublisher(bus: bed.bus, partitions: 2), bus: bed.bus,
            metrics: BridgeMetrics(registry: metrics), observer: IngestMetrics(registry: metrics), logger: BridgeBed.quiet)
        let watch = Task { try await configuration.run() }
        try await eventually("the manager is known") { configuration.known(managerID: BridgeBed.manager) != nil }
        let trigger = AlertEvent(action: .trigger, managerID: BridgeBed.manager, dedupKey: "k", receivedAt: .now())
        let resolve = AlertEvent(action: .resolve, managerID: BridgeBed.manager, dedupKey: "k", receivedAt: .now())
        let before = try #require(try await publisher.position(of: resolve))
        try await publisher.publish(trigger, source: .process)
        // The same event again is the same message.
        try await publisher.publish(trigger, source: .process)
        #expect(try await !publisher.publish(resolve, at: before, source: .process))
        let after = try #require(try await publisher.position(of: resolve))
        #expect(try await publisher.publish(resolve, at: after, source: .process))
        #expect(try await bed.events().map(\.action) == [.trigger, .resolve])
        watch.cancel()
        _ = await watch.result
        await bed.stop()
    }

    private func launch(_ bed: BridgeBed) throws -> ChildProcess {
        let directory =
            ProcessInfo.processInfo.environment["ARGUS_BIN_DIR"]
            ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        // A package that builds the target alone names it so.
        let executable = ["ingest-gateway", "IngestGateway"].map { "\(directory)/\($0)" }.first(
            where: FileManager.default.isExecutableFile(atPath:))
        return try ChildProcess(
            executable: try #require(executable, "ingest-gateway is not built"), arguments: [],
            environment: ["HTTP_PORT": "0", "NATS_URL": bed.server.url, "LOG_LEVEL": "error"],
            workingDirectory: FileManager.default.temporaryDirectory.path, output: "/dev/null")
    }
}

// Bridges with a real nats-server: what raises, what resolves, and what happens to gateways meanwhile.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import GroupingProcessor
@testable import IngestGateway

@Suite(.serialized) struct BridgeTests {
    @Test(.timeLimit(.minutes(2))) func aCrashRaisesAndHealthResolves() async throws {
        let bed = try await BridgeBed.start()
        try await bed.withGateway {
            try await bed.put(bridge: "b", .process)
            let crash = try await bed.publish(.crashed, exitCode: 2)
            let healthy = try await bed.publish(.healthy)
            let events = try await bed.events(2)
            #expect(events.map(\.action) == [.trigger, .resolve])
            #expect(events[0].summary == "default/caddy crashed with exit code 2" && events[0].dedupKey == "process/default/caddy")
            #expect(try events[0].details?.value()["event"]?["sequence"] == .integer(Int64(crash)))
            let (alerts, transitions) = try await bed.outcome()
            #expect(alerts["process/default/caddy"]?.status == .resolved)
            let last = try #require(transitions["process/default/caddy"]?.last)
            #expect(last.kind == .resolved)
            #expect(last.note == "default/caddy is healthy (PROCESS_EVENTS \(healthy), core.process.default.caddy.healthy)")
        }
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func aProcessThatKeepsRunningResolves() async throws {
        let bed = try await BridgeBed.start()
        try await bed.withGateway {
            try await bed.put(bridge: "b", .process) { $0.runningSeconds = 1 }
            try await bed.publish(.crashed)
            // This one does not keep running.
            try await bed.publish(.started)
            try await bed.publish(.crashed)
            let started = try await bed.publish(.started)
            let events = try await bed.events(3)
            #expect(events.map(\.action) == [.trigger, .trigger, .resolve])
            #expect(
                events[2].reason == "default/caddy has been running for 1 s (PROCESS_EVENTS \(started), core.process.default.caddy.started)"
            )
            let message = try await bed.bus.message(stream: Streams.processEvents().name, sequence: started)
            let stored = try #require(message?.metadata?.timestamp)
            #expect(events[2].receivedAt >= stored.adding(milliseconds: 1_000))
            try await bed.settled(Consumers.bridgeRunning)
            #expect(try await bed.events().count == 3)
            #expect(try await bed.outcome().alerts["process/default/caddy"]?.status == .resolved)
        }
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func aWaitOutlivesTheGateway() async throws {
        let bed = try await BridgeBed.start()
        try await bed.put(bridge: "b", .process) { $0.runningSeconds = 3 }
        try await bed.withGateway {
            try await bed.publish(.crashed)
            try await bed.publish(.started)
            _ = try await bed.events(1)
            try await bed.settled(Consumers.bridgeProcesses)
        }
        #expect(try await bed.events().count == 1)
        try await bed.withGateway {
            let events = try await bed.events(2, within: .seconds(40))
            #expect(events.map(\.action) == [.trigger, .resolve])
        }
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func aFailedRunRaisesAndTheNextSuccessResolves() async throws {
        let bed = try await BridgeBed.start()
        try await bed.withGateway {
            try await bed.put(bridge: "w", .workflow)
            try await bed.publish(run: "r1", status: "failed", error: "no route")
            try await bed.publish(run: "x1", status: "succeeded", workflow: "other")
            try await bed.publish(run: "r2", status: "succeeded")
            let events = try await bed.events(3)
            #expect(events[0].summary == "wf: run r1 failed: no route" && events[0].dedupKey == "workflow/org/wf")
            let (alerts, transitions) = try await bed.outcome()
            #expect(alerts.count == 1 && alerts["workflow/org/wf"]?.status == .resolved)
            #expect(transitions["workflow/org/wf"]?.last?.note?.hasPrefix("org/wf run r2 succeeded (OBSERVATION 3") == true)
        }
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func withoutABridgeNothingIsConsumed() async throws {
        let bed = try await BridgeBed.start()
        try await bed.withGateway {
            // There are no streams at first.
            try await bed.publish(.crashed)
            try await bed.clockMoves()
            try await bed.put(bridge: "later", .process)
            try await bed.publish(.crashed, "nats")
            let events = try await bed.events(1)
            #expect(events.map(\.component) == ["nats"])
            try await bed.delete(bridge: "later")
            try await eventually("the consumer is gone") { try await bed.bus.streamInfo(Streams.processEvents().name).consumers == 0 }
            try await bed.publish(.crashed, "unseen")
            try await bed.clockMoves()
            try await bed.put(bridge: "again", .process)
            try await bed.publish(.crashed, "seen")
            #expect(try await bed.events(2).map(\.component) == ["nats", "seen"])
        }
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func severalGatewaysMakeEachAlertEventOnceAndInOrder() async throws {
        let bed = try await BridgeBed.start()
        try await bed.put(bridge: "b", .process)
        try await bed.put(bridge: "c", .process) { $0.dedupKey = try BridgeTemplate("other/{process}", source: .process) }
        let rounds = 60
        try await bed.withGateway {
            try await bed.withGateway {
                for _ in 0..<rounds {
                    try await bed.publish(.crashed)
                    try await bed.publish(.healthy)
                }
                try await bed.settled(Consumers.bridgeProcesses)
            }
            // One of them stops while there is work.
            for _ in 0..<rounds {
                try await bed.publish(.crashed)
                try await bed.publish(.healthy)
            }
            try await bed.settled(Consumers.bridgeProcesses)
        }
        for key in ["process/default/caddy", "other/caddy"] {
            let actions = try await bed.events().filter { $0.dedupKey == key }.map(\.action)
            #expect(actions == Array(repeating: [AlertEvent.Action.trigger, .resolve], count: 2 * rounds).flatMap { $0 })
        }
        await bed.stop()
    }

    /// A gateway that died after it had published and before it acknowledged.
    @Test(.timeLimit(.minutes(2))) func whatADeadGatewayPublishedCountsOnce() async throws {
        let bed = try await BridgeBed.start()
        try await bed.put(bridge: "b", .process)
        try await bed.publish(.crashed)
        try await bed.publish(.healthy)
        let dead = try await bed.bus.consume(Consumers.bridgeProcesses, prefetch: 1)
        let message = try #require(try await dead.next(max: 1, wait: .seconds(5)).first)
        var bridge = Bridge(id: "b", source: .process, managerID: BridgeBed.manager, at: .now())
        bridge.activeSince = Timestamp(milliseconds: 0)
        var event = bridge.trigger(by: try BridgeEvent(message, source: .process), at: .now())
        event.grouping = Grouping()
        let partition = Partitioning.partition(ofManager: BridgeBed.manager, count: 2)
        try await BusPublisher(bus: bed.bus, partitions: 2).publish(
            event.encodedLine, partition: partition, messageID: "bridge.\(event.id)", traceparent: nil)
        await dead.close()
        try await bed.withGateway {
            let events = try await bed.events(2, within: .seconds(60))
            #expect(events.map(\.action) == [.trigger, .resolve])
            try await bed.settled(Consumers.bridgeProcesses)
            #expect(try await bed.events().count == 2)
        }
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func theBusMayGoAndComeBack() async throws {
        let bed = try await BridgeBed.start()
        try await bed.put(bridge: "b", .process)
        try await bed.withGateway {
            try await bed.publish(.crashed, "before")
            _ = try await bed.events(1)
            try await bed.server.restart()
            try await eventually("the bus is back", within: .seconds(20)) { (try? await bed.publish(.crashed, "after")) != nil }
            try await bed.settled(Consumers.bridgeProcesses)
            #expect(Set(try await bed.events().map(\.component)) == ["before", "after"])
        }
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func thePermissionsOfProductionSuffice() async throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let configuration = try String(contentsOf: repository.appending(path: "deploy/nats/production.conf"), encoding: .utf8)
        let start = try #require(configuration.range(of: "\naccounts {"))
        let accounts = String(configuration[start.lowerBound...]).replacing(/\$ARGUS_NATS_PASSWORD_[A-Z_]+/, with: "\"secret\"")
        let bed = try await BridgeBed.start(accounts: accounts)
        try await bed.withGateway(["NATS_USER": "ingest-gateway", "NATS_PASSWORD": "secret"]) {
            // The gateway makes the streams.
            try await bed.put(bridge: "b", .process) { $0.runningSeconds = 1 }
            try await bed.put(bridge: "w", .workflow)
            for stream in [Streams.processEvents().name, Streams.observationName] {
                try await eventually("\(stream) is there") { (try? await bed.bus.streamInfo(stream)) != nil }
            }
            try await bed.publish(.crashed)
            try await bed.publish(.started)
            try await bed.publish(run: "r", status: "failed")
            _ = try await bed.events(3)
            for bridge in ["b", "w"] { try await bed.delete(bridge: bridge) }
            for stream in [Streams.processEvents().name, Streams.observationName] {
                try await eventually("\(stream) is left alone") { try await bed.bus.streamInfo(stream).consumers == 0 }
            }
        }
        #expect(!bed.server.log.contains("Violation"), "\(bed.server.log)")
        await bed.stop()
    }

    @Test(.timeLimit(.minutes(2))) func whatCannotBeReadIsKeptApart() async throws {
        let bed = try await BridgeBed.start()
        try await bed.withGateway {
            try await bed.put(bridge: "b", .process)
            try await bed.bus.ensure(Streams.processEvents())
            _ = try await bed.bus.publish(Array("nonsense".utf8), to: "core.process.default.caddy.crashed")
            try await bed.publish(.crashed)
            _ = try await bed.events(1)
            let subject = Subjects.deadLetters(service: "ingest-gateway", kind: "bridges")
            let dead = try #require(try await bed.bus.lastMessage(stream: Streams.deadLetters.name, subject: subject))
            #expect(dead.payload == Array("nonsense".utf8) && dead.headers[HeaderName.originalSequence] == "1")
        }
        await bed.stop()
    }
}

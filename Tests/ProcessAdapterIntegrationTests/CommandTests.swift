// Commands from the bus to process-compose, and what is said of them.

import ArgusBus
import ArgusShared
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ProcessAdapter

@Suite(.timeLimit(.minutes(3))) struct CommandTests {
    private static let config = """
        {"processes": {"api": {"command": "echo begun; exec sleep 1000000", "restart": "on_failure", "backoff": 0.3},
         "stubborn": {"command": "trap '' TERM; echo deaf; sleep 5; exit 3", "restart": "no"},
         "a.b/c d%41": {"command": "exec sleep 1000000", "namespace": "n.s/x y", "restart": "on_failure"}}}
        """

    /// Sends a command and collects its outcomes until a final one, or the time is over.
    private static func outcomes(
        of command: ProcessCommand, on bus: Bus, instance: String = "", payload: [UInt8]? = nil, within time: Duration = .seconds(15)
    ) async throws -> [ProcessOutcome] {
        let answers = bus.subscribe(to: Subjects.processOutcomes(id: command.id), capacity: 16)
        let timer = Task {
            try? await Task.sleep(for: time)
            answers.unsubscribe()
        }
        defer { timer.cancel() }
        _ = try await bus.publish(payload ?? command.json, to: Subjects.processCommands(instance: instance), messageID: command.id)
        var outcomes: [ProcessOutcome] = []
        for await message in answers {
            outcomes.append(try #require(ProcessOutcome(parsing: message.payload)))
            if outcomes.last?.status != .accepted { break }
        }
        return outcomes
    }

    private static func command(
        _ action: ProcessCommand.Action, _ name: String = "api", namespace: String = "default"
    ) -> ProcessCommand {
        ProcessCommand(action, namespace: namespace, name: name, by: "test")
    }

    private static func waitForCommands(_ bed: AdapterBed, instances: [String] = [""]) async throws {
        for instance in instances {
            let definition = Consumers.processCommands(instance: instance)
            try await eventually("commands are taken", within: .seconds(20)) {
                (try? await bed.bus.consumerInfo(stream: definition.stream, name: definition.name)) != nil
            }
        }
    }

    @Test func aStopThatWasAskedForIsNoCrash() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn(config: Self.config)
        let adapter = try await bed.adapter(standIn.url)
        try await bed.waitForStory(["started"])
        try await Self.waitForCommands(bed)
        let stop = try await Self.outcomes(of: Self.command(.stop), on: bed.bus)
        #expect(stop.map(\.status) == [.accepted, .done])
        try await bed.waitForStory(["started", "stopped"])
        let again = try await Self.outcomes(of: Self.command(.start), on: bed.bus)
        #expect(again.map(\.status) == [.accepted, .done])
        try await bed.waitForStory(["started", "stopped", "started"])
        let restart = try await Self.outcomes(of: Self.command(.restart), on: bed.bus)
        #expect(restart.map(\.status) == [.accepted, .done])
        try await eventually("the restart is told", within: .seconds(20)) {
            try await bed.story(of: "api").filter { $0 == "stopped" }.count == 2
        }
        #expect(try await bed.story(of: "api").contains("crashed") == false)
        #expect(try await adapter.get("/metrics").text.contains("argus_process_commands_total{instance=\"default\",outcome=\"done\"} 3"))
        try await adapter.stop()
    }

    /// Its status goes from Running to Completed between two looks: nothing but the intent tells that it was asked for.
    @Test func aStopIsAnnouncedEvenWhereItCannotBeSeen() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn(config: Self.config, "--no-states-stream")
        let adapters = [
            try await bed.adapter(standIn.url, ["POLL_INTERVAL": "700ms"]), try await bed.adapter(standIn.url, ["POLL_INTERVAL": "700ms"]),
        ]
        try await bed.waitForStory(["started"], of: "a.b/c d%41")
        try await Self.waitForCommands(bed)
        let stop = try await Self.outcomes(of: Self.command(.stop, "a.b/c d%41", namespace: "n.s/x y"), on: bed.bus)
        #expect(stop.map(\.status) == [.accepted, .done])
        try await bed.waitForStory(["started", "stopped"], of: "a.b/c d%41")
        // Killed by a signal: without the intent that is a crash.
        let stopped = try await bed.events().last { $0.process == "a.b/c d%41" && $0.kind == .stopped }
        #expect(stopped?.exitCode != 0)
        for adapter in adapters { try await adapter.stop() }
    }

    @Test func severalAdaptersCarryACommandOutOnce() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn(config: Self.config)
        var adapters: [RunningAdapter] = []
        for _ in 0..<3 { adapters.append(try await bed.adapter(standIn.url)) }
        try await bed.waitForStory(["started"])
        try await Self.waitForCommands(bed)
        for count in 1...8 {
            let outcomes = try await Self.outcomes(of: Self.command(.restart), on: bed.bus)
            #expect(outcomes.map(\.status) == [.accepted, .done])
            try await eventually("it runs again", within: .seconds(20)) { try await standIn.log(of: "api").count > count }
        }
        for adapter in adapters { try await bed.waitForLooks(of: adapter) }
        #expect(try await standIn.log(of: "api").count == 9)
        #expect(try await bed.story(of: "api").contains("crashed") == false)
        for adapter in adapters { try await adapter.stop() }
    }

    @Test func whatCannotBeDoneIsAnsweredWithAReason() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn(config: Self.config)
        let adapter = try await bed.adapter(standIn.url)
        try await bed.waitForStory(["started"])
        try await Self.waitForCommands(bed)
        let running = try await Self.outcomes(of: Self.command(.start), on: bed.bus)
        #expect(running.map(\.status) == [.accepted, .refused] && running.last?.reason?.contains("already running") == true)
        let nobody = try await Self.outcomes(of: Self.command(.stop, "nobody"), on: bed.bus)
        #expect(nobody.map(\.status) == [.accepted, .unknown] && nobody.last?.reason?.contains("nobody") == true)
        let elsewhere = try await Self.outcomes(of: Self.command(.stop, namespace: "other"), on: bed.bus)
        #expect(elsewhere.last?.status == .unknown)
        var late = Self.command(.stop)
        late.expires = Timestamp.now().adding(milliseconds: -1500)
        let expired = try await Self.outcomes(of: late, on: bed.bus)
        #expect(expired.map(\.status) == [.expired] && expired.last?.reason?.contains("too late") == true)
        let odd = Self.command(.stop)
        let payload = String(decoding: odd.json, as: UTF8.self).replacing(#""stop""#, with: #""explode""#)
        let unknown = try await Self.outcomes(of: odd, on: bed.bus, payload: Array(payload.utf8))
        #expect(unknown.map(\.status) == [.refused] && unknown.last?.reason?.contains("explode") == true)
        _ = try await bed.bus.publish(Array("no command".utf8), to: Subjects.processCommands(instance: ""))
        // None of this was carried out, and the adapter goes on.
        try await bed.waitForLooks(of: adapter)
        #expect(try await bed.story(of: "api") == ["started"])
        await standIn.stop()
        // In time for whoever waits.
        let away = try await Self.outcomes(of: Self.command(.stop), on: bed.bus, within: .milliseconds(ProcessCommand.lifetime))
        #expect(away.map(\.status) == [.accepted, .refused] && away.last?.reason?.contains("does not answer") == true)
        try await adapter.stop()
    }

    @Test func aCommandThatTakesLongHoldsUpNoOther() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn(config: Self.config)
        let adapter = try await bed.adapter(standIn.url)
        try await bed.waitForStory(["started"])
        try await Self.waitForCommands(bed)
        try await eventually("it no longer hears", within: .seconds(20)) { try await standIn.log(of: "stubborn") == ["deaf"] }
        let isStopped = Atomic(false)
        async let slow = {
            let outcomes = try await Self.outcomes(of: Self.command(.stop, "stubborn"), on: bed.bus)
            isStopped.store(true, ordering: .relaxed)
            return outcomes.map(\.status)
        }()
        try await Task.sleep(for: .milliseconds(200))
        #expect(try await Self.outcomes(of: Self.command(.restart), on: bed.bus).last?.status == .done)
        let wasFirst = !isStopped.load(ordering: .relaxed)
        #expect(wasFirst)
        #expect(try await slow == [.accepted, .done])
        try await bed.waitForStory(["started", "stopped"], of: "stubborn")
        try await adapter.stop()
    }

    @Test func commandsGoToTheirInstanceAndOutliveTheBus() async throws {
        let bed = try await AdapterBed()
        let standIns = [try await StandIn(config: Self.config), try await StandIn(config: Self.config)]
        let adapter = try await bed.adapter("left=\(standIns[0].url),right=\(standIns[1].url)")
        try await eventually("both are told", within: .seconds(20)) {
            try await bed.story(of: "api").count == 2
        }
        try await Self.waitForCommands(bed, instances: ["left", "right"])
        let stop = try await Self.outcomes(of: Self.command(.stop, namespace: "right/default"), on: bed.bus, instance: "right")
        #expect(stop.last?.status == .done)
        let wrong = try await Self.outcomes(of: Self.command(.stop, namespace: "left/default"), on: bed.bus, instance: "right")
        #expect(wrong.last?.status == .unknown)
        try await eventually("only the right one stopped", within: .seconds(20)) {
            try await bed.events().filter { $0.kind == .stopped }.map(\.namespace) == ["right/default"]
        }
        // The stream of commands is in memory and is gone afterwards.
        try await bed.nats.restart()
        try await eventually("commands are taken again", within: .seconds(40)) {
            let outcomes = try? await Self.outcomes(
                of: Self.command(.start, namespace: "right/default"), on: bed.bus, instance: "right", within: .seconds(3))
            return outcomes?.contains { [.done, .refused].contains($0.status) } == true
        }
        try await adapter.stop()
    }
}

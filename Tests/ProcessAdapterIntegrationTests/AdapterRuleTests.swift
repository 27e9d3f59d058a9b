// The rules of process events from process-compose's answers to the stream, with and without its stream of states.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct AdapterRuleTests {
    /// What is shown one after the other, and the story it makes.
    struct Script: Sendable, CustomStringConvertible {
        let description: String
        let shown: [String]
        let story: [String]
    }

    static let running = StandIn.process("api", "Running", pid: 10)
    static let scripts = [
        Script(
            description: "a stop that was asked for",
            shown: [running, StandIn.process("api", "Terminating", pid: 10), StandIn.process("api", "Completed", pid: 10, exit: 143)],
            story: ["started", "stopped"]),
        Script(
            description: "success_exit_codes",
            shown: [running, StandIn.process("api", "Completed", pid: 10, exit: 3, more: ",\"success_exit_codes\":[3]")],
            story: ["started", "stopped"]),
        Script(
            description: "skipped", shown: [StandIn.process("api", "Pending"), StandIn.process("api", "Skipped", exit: 1)], story: []),
        Script(
            description: "a restart between two looks",
            shown: [running, StandIn.process("api", "Running", pid: 11, restarts: 1, exit: 9)],
            story: ["started", "crashed", "restarted", "started"]),
        Script(
            description: "a restart step by step, with health",
            shown: [
                StandIn.process("api", "Running", pid: 10, ready: "Ready"),
                StandIn.process("api", "Restarting", pid: 10, restarts: 1, exit: 1, ready: "-"),
                StandIn.process("api", "Running", pid: 11, restarts: 1, exit: 1, ready: "Not Ready"),
                StandIn.process("api", "Running", pid: 11, restarts: 1, exit: 1, ready: "Ready"),
                StandIn.process("api", "Running", pid: 11, restarts: 1, exit: 1, ready: "Not Ready"),
            ], story: ["started", "healthy", "crashed", "restarted", "started", "healthy", "unhealthy"]),
        Script(
            description: "the pid of the run before in the first state of a run, and a restart counted late",
            shown: [
                running, StandIn.process("api", "Restarting", pid: 10, exit: 1),
                StandIn.process("api", "Restarting", pid: 10, restarts: 1, exit: 1),
                StandIn.process("api", "Running", pid: 10, restarts: 1, exit: 1),
                StandIn.process("api", "Running", pid: 11, restarts: 1, exit: 1),
            ], story: ["started", "crashed", "restarted", "started"]),
        Script(
            description: "restarts that fall to 0",
            shown: [
                StandIn.process("api", "Running", pid: 10, restarts: 3), StandIn.process("api", "Completed", pid: 10, restarts: 3),
                StandIn.process("api", "Running", pid: 11),
            ], story: ["started", "stopped", "started"]),
        Script(description: "a process that is removed", shown: [running, ""], story: ["started", "stopped"]),
        Script(
            description: "a namespace that is a list", shown: [StandIn.process("api", "Running", pid: 10, namespace: "[\"a\",\"b\"]")],
            story: ["started"]),
    ]

    @Test("Each rule, from the answers of process-compose to the stream of events", arguments: [true, false])
    func rules(streams: Bool) async throws {
        let bed = try await AdapterBed()
        for script in Self.scripts {
            let standIn = streams ? try await StandIn() : try await StandIn(config: nil, "--no-states-stream")
            let name = "rule\(Self.scripts.firstIndex { $0.description == script.description } ?? 0)"
            let adapter = try await bed.adapter("\(name)=\(standIn.url)")
            var told = 0
            for (index, state) in script.shown.enumerated() {
                if state.isEmpty { try await standIn.show() } else { try await standIn.show(state) }
                try await bed.waitForLooks(of: adapter)
                if index == script.shown.count - 1 { try await bed.waitForLooks(of: adapter) }
                told = index
            }
            #expect(told == script.shown.count - 1)
            let story = try await bed.events().filter { $0.namespace.hasPrefix("\(name)/") && $0.kind != .statusChanged }.map(
                \.kind.rawValue)
            #expect(story == script.story, "\(script.description), \(streams ? "streamed" : "polled")")
            try await adapter.stop()
        }
    }

    @Test("Names with dots, slashes and spaces are plain in the JSON and escaped in the subject")
    func names() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn()
        try await standIn.show(
            StandIn.process("a.b/c d*>", "Running", pid: 1, namespace: "\"n.s/x y\""), StandIn.process("ü", "Running", pid: 2))
        let first = try await bed.adapter(standIn.url)
        try await eventually("both started") { try await bed.story().count == 2 }
        let event = try #require(try await bed.events().first { $0.process == "a.b/c d*>" })
        #expect(event.namespace == "n.s/x y" && event.subject == "core.process.n%2Es%2Fx%20y.a%2Eb%2Fc%20d%2A%3E.started")
        await first.kill()
        let second = try await bed.adapter(standIn.url)
        try await bed.waitForLooks(of: second)
        #expect(try await bed.story().count == 2)
        try await second.stop()
    }

    @Test("A stop that one of us announces is no crash")
    func intent() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn()
        try await standIn.show(Self.running)
        let adapter = try await bed.adapter(standIn.url)
        try await bed.waitForStory(["started"])
        try bed.bus.send(ProcessIntent(namespace: "default", name: "api").json, to: Subjects.processIntents)
        try await bed.bus.flush(timeout: .seconds(5))
        try await bed.waitForLooks(of: adapter)
        try await standIn.show(StandIn.process("api", "Completed", pid: 10, exit: 137))
        try await bed.waitForStory(["started", "stopped"])
        try await adapter.stop()
    }
}

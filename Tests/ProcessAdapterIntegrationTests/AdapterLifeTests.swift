// Adapters that come and go, several of them, and process-composes that do.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct AdapterLifeTests {
    @Test("Real processes that crash, restart, become ready and are stopped", arguments: [true, false])
    func realProcesses(streams: Bool) async throws {
        let bed = try await AdapterBed()
        let config = #"{"processes":{"api":{"command":"sleep 1000","backoff":1,"probe":true,"ready_after":0.3}}}"#
        let standIn = streams ? try await StandIn(config: config) : try await StandIn(config: config, "--no-states-stream")
        let adapter = try await bed.adapter(standIn.url)
        try await bed.waitForStory(["started", "healthy"])
        #expect(try await standIn.call("POST", "/standin/crash/api?code=7") == 200)
        try await bed.waitForStory(["started", "healthy", "crashed", "restarted", "started", "healthy"])
        #expect(try await standIn.call("PATCH", "/process/stop/api") == 200)
        // Whoever only looks may miss that process-compose ended it; a signal's exit code is then a crash.
        try await eventually("the end is told") {
            ["stopped", streams ? "stopped" : "crashed"].contains(try await bed.story(of: "api").dropFirst(6).first ?? "")
        }
        let crash = try #require(try await bed.events().first { $0.kind == .crashed })
        #expect(crash.exitCode == 7 && crash.state.pid == 0 && !crash.state.isRunning)
        try await adapter.stop()
    }

    @Test("The token, a Unix socket, and several process-composes with names")
    func instances() async throws {
        let bed = try await AdapterBed()
        let socket = FileManager.default.temporaryDirectory.appendingPathComponent("pc-\(UUID().uuidString.prefix(8)).sock").path
        let config = #"{"processes":{"api":{"command":"sleep 1000"}}}"#
        let first = try await StandIn(config: config, "--token", "secret")
        let second = try await StandIn(config: config, socket: socket, "--token", "secret")
        let adapter = try await bed.adapter("blue=\(first.url),green=unix://\(socket)", ["PC_API_TOKEN": "secret"])
        try await eventually("both are told", within: .seconds(20)) {
            Set(try await bed.events().filter { $0.kind == .started }.map(\.namespace)) == ["blue/default", "green/default"]
        }
        try await adapter.stop()
        let stranger = try await bed.adapter("blue=\(first.url)", ["PC_API_TOKEN": "wrong"])
        try await eventually("health names the token") {
            let answer = try await stranger.get("/readyz")
            return answer.status == 503 && answer.text.contains("PC_API_TOKEN")
        }
        try await stranger.stop()
        await second.stop()
    }

    @Test("A process-compose that is gone is no flood of events; health and metrics tell")
    func gone() async throws {
        let bed = try await AdapterBed()
        var standIn = try await StandIn()
        try await standIn.show(AdapterRuleTests.running, StandIn.process("job", "Running", pid: 20))
        let adapter = try await bed.adapter(standIn.url)
        try await eventually("both started") { try await bed.story().count == 2 }
        #expect(try await adapter.get("/readyz").status == 200)
        let port = standIn.port
        await standIn.stop()
        try await eventually("health tells") { try await adapter.get("/readyz").status == 503 }
        #expect(try await adapter.get("/metrics").text.contains("argus_compose_up{instance=\"default\"} 0"))
        #expect(try await bed.story().count == 2)
        standIn = try await StandIn(port: port)
        try await standIn.show(AdapterRuleTests.running, StandIn.process("job", "Completed", pid: 20, exit: 1))
        try await eventually("what changed is told", within: .seconds(20)) { try await bed.story(of: "job") == ["started", "crashed"] }
        try await eventually("health tells") { try await adapter.get("/readyz").status == 200 }
        #expect(try await bed.story(of: "api") == ["started"])
        try await adapter.stop()
    }

    @Test("An adapter that was killed tells what changed meanwhile, and nothing twice")
    func restarted() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn()
        try await standIn.show(AdapterRuleTests.running, StandIn.process("job", "Running", pid: 20, ready: "Ready"))
        let first = try await bed.adapter(standIn.url)
        try await eventually("all is told") { try await bed.story().count == 3 }
        await first.kill()
        try await standIn.show(
            StandIn.process("api", "Running", pid: 11, restarts: 1, exit: 2), StandIn.process("job", "Running", pid: 20, ready: "Ready"),
            StandIn.process("new", "Running", pid: 30))
        let second = try await bed.adapter(standIn.url)
        try await bed.waitForStory(["started", "crashed", "restarted", "started"])
        try await bed.waitForStory(["started"], of: "new")
        try await bed.waitForLooks(of: second)
        #expect(try await bed.story(of: "job") == ["started", "healthy"])
        await second.kill()
        // What the stream has forgotten is in the bucket.
        _ = try await bed.bus.purge(stream: Streams.processEvents().name)
        let third = try await bed.adapter(standIn.url)
        try await bed.waitForLooks(of: third)
        #expect(try await bed.story().isEmpty)
        try await third.stop()
    }

    @Test("A bus that is gone for a while loses nothing that can still be seen")
    func busGone() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn()
        try await standIn.show(AdapterRuleTests.running)
        let adapter = try await bed.adapter(standIn.url)
        try await bed.waitForStory(["started"])
        bed.nats.kill()
        try await standIn.show(StandIn.process("api", "Running", pid: 11, restarts: 1, exit: 2))
        try await bed.nats.restart()
        try await bed.waitForStory(["started", "crashed", "restarted", "started"])
        try await bed.waitForLooks(of: adapter)
        #expect(try await bed.story(of: "api").count == 4)
        try await adapter.stop()
    }

    @Test("Two adapters tell each event once", arguments: [1, 2])
    func two(seed: UInt64) async throws {
        let bed = try await AdapterBed()
        var random = SeededGenerator(seed: seed)
        let standIn = try await StandIn()
        let adapters = [
            try await bed.adapter(standIn.url), try await bed.adapter(standIn.url, ["POLL_INTERVAL": "130ms"]),
        ]
        var pid = 100
        var restarts = 0
        var expected = ["started"]
        try await standIn.show(StandIn.process("api", "Running", pid: pid))
        for _ in 0..<12 {
            try await bed.waitForStory(expected)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                try await standIn.show(StandIn.process("api", "Restarting", pid: pid, restarts: restarts, exit: 1))
                restarts += 1
                pid += 1
                try await standIn.show(StandIn.process("api", "Running", pid: pid, restarts: restarts, exit: 1))
                expected += ["crashed", "restarted", "started"]
            case 1:
                restarts += 1
                pid += 1
                try await standIn.show(StandIn.process("api", "Running", pid: pid, restarts: restarts, exit: 1))
                expected += ["crashed", "restarted", "started"]
            default:
                try await standIn.show(StandIn.process("api", "Terminating", pid: pid, restarts: restarts))
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...60, using: &random)))
                try await standIn.show(StandIn.process("api", "Completed", pid: pid, restarts: restarts, exit: 143))
                expected += ["stopped"]
                try await bed.waitForStory(expected)
                pid += 1
                try await standIn.show(StandIn.process("api", "Running", pid: pid, restarts: restarts))
                expected += ["started"]
            }
        }
        try await bed.waitForStory(expected)
        for adapter in adapters { try await bed.waitForLooks(of: adapter) }
        #expect(try await bed.story(of: "api") == expected, "seed \(seed)")
        for adapter in adapters { try await adapter.stop() }
    }
}

// `argus watch`, `argus history`, and the sequences behind them, on a real bus.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import ArgusCLI

struct ProcessEventTests {
    private static func names(_ events: ProcessEventSequence) async throws -> [String] {
        var names: [String] = []
        for try await event in events { names.append("\(event.namespace)/\(event.process) \(event.kind.rawValue)") }
        return names
    }

    @Test("Sequences hold what was asked for: of a type, of a process, since a time")
    func sequences() async throws {
        let bed = try await CommandBed.start()
        await #expect(throws: BusError.self) { try await Self.names(ProcessEvents.subscribe(on: bed.bus, follows: false)) }
        try await bed.bus.ensure(Streams.processEvents())
        let start = Timestamp(milliseconds: 0)
        #expect(try await Self.names(ProcessEvents.subscribe(on: bed.bus, since: start, follows: false)) == [])
        try await bed.publish(.started, "nats")
        try await bed.publish(.crashed, "a.b c", namespace: "x/y")
        _ = try await bed.bus.publish(Array("no event".utf8), to: ProcessSubject.make(namespace: "default", name: "nats", type: .healthy))
        try await bed.publish(.crashed, "nats", namespace: "other")
        let stored = Timestamp.now()
        try await eventually("the clock moves on") { Timestamp.now() > stored }
        let middle = Timestamp.now()
        try await bed.publish(.restarted, "nats")
        let all = ["default/nats started", "x/y/a.b c crashed", "other/nats crashed", "default/nats restarted"]
        #expect(try await Self.names(ProcessEvents.subscribe(on: bed.bus, since: start, follows: false)) == all)
        #expect(
            try await Self.names(ProcessEvents.subscribe(type: .crashed, on: bed.bus, since: start, follows: false)) == [all[1], all[2]])
        #expect(
            try await Self.names(ProcessEvents.subscribe(process: "nats", on: bed.bus, since: start, follows: false))
                == [all[0], all[2], all[3]])
        #expect(
            try await Self.names(
                ProcessEvents.subscribe(process: "nats", namespace: "default", on: bed.bus, since: start, follows: false))
                == [all[0], all[3]])
        #expect(
            try await Self.names(
                ProcessEvents.subscribe(process: "a.b c", namespace: "x/y", on: bed.bus, since: start, follows: false)) == [all[1]])
        #expect(try await Self.names(ProcessEvents.subscribe(on: bed.bus, since: middle, follows: false)) == [all[3]])
        #expect(try await Self.names(ProcessEvents.subscribe(on: bed.bus, follows: false)) == [])
    }

    @Test(
        "A sequence that does not follow ends on a stream that is empty, was emptied, has lost its first events, or has none that are meant"
    )
    func nothingStored() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        let stream = Streams.processEvents().name
        let times: [Timestamp?] = [
            nil, Timestamp(milliseconds: 0), .now().adding(milliseconds: -3_600_000), .now().adding(milliseconds: 3_600_000),
        ]
        func check(_ expected: [String]) async throws {
            for since in times {
                let isPast = since.map { $0 < .now() } ?? false
                for _ in 0..<3 {
                    #expect(
                        try await Self.names(ProcessEvents.subscribe(on: bed.bus, since: since, follows: false)) == (isPast ? expected : [])
                    )
                    #expect(
                        try await Self.names(ProcessEvents.subscribe(process: "nobody", on: bed.bus, since: since, follows: false)) == [])
                }
            }
        }
        try await check([])
        for name in ["a", "b", "c"] { try await bed.publish(.started, name) }
        try await check(["default/a started", "default/b started", "default/c started"])
        _ = try await bed.bus.purge(stream: stream, before: 3)
        try await check(["default/c started"])
        _ = try await bed.bus.purge(stream: stream)
        try await check([])
        try await bed.server.restart()
        try await eventually("we are connected", within: .seconds(20)) { bed.bus.status == .connected }
        try await check([])
    }

    @Test("watch replays, then follows until it is interrupted, and says so")
    func watch() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        try await bed.publish(.started, "caddy")
        try await bed.publish(.started, "nats")
        let status = try await bed.following(["watch", "--process", "nats", "--since", "1h"]) { captured in
            try await eventually("the past is shown") { captured.output.contains("i default/nats started\n") }
            try await bed.publish(.crashed, "nats", code: 137)
            try await bed.publish(.crashed, "caddy", code: 1)
            try await eventually("the present is shown") { captured.output.contains("x default/nats crashed (exit code 137)\n") }
            #expect(!captured.output.contains("caddy"))
            #expect(captured.output.split(separator: "\n").allSatisfy { $0.prefix(13).contains(/^\d\d:\d\d:\d\d\.\d\d\d $/) })
        }
        #expect(status == .interrupted)
    }

    @Test("watch survives a restart of the bus without missing an event, and says so")
    func watchSurvives() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        try await bed.publish(.started, "p0")
        let status = try await bed.following(["watch", "--since", "1h", "--type", "started", "--type", "crashed", "--json"]) { captured in
            try await eventually("the first is shown") { captured.output.contains("\"p0\"") }
            try await bed.server.restart()
            try await eventually("the loss is told", within: .seconds(20)) { captured.errors.contains("connected again") }
            try await eventually("we are connected") { bed.bus.status == .connected }
            for number in 1...20 { try await bed.publish(number % 2 == 0 ? .crashed : .healthy, "p\(number)") }
            try await eventually("the last is shown", within: .seconds(20)) { captured.output.contains("\"p20\"") }
            let lines = try captured.output.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
            #expect(lines.map { $0["process"]?.stringValue } == ["p0"] + (1...10).map { "p\($0 * 2)" })
        }
        #expect(status == .interrupted)
    }

    @Test("watch on a bus without process-adapter says what is missing")
    func watchWithoutStream() async throws {
        let bed = try await CommandBed.start()
        let (status, captured) = await bed.run(["watch"])
        #expect(status == .notFound)
        #expect(captured.errors.contains("process-adapter"))
    }

    @Test("history shows the newest events and counts all of them")
    func history() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        for _ in 0..<5 {
            try await bed.publish(.crashed, "api", code: 1)
            try await bed.publish(.restarted, "api")
        }
        try await bed.publish(.started, "nats")
        let (status, captured) = await bed.run(["history", "--last", "3"])
        #expect(status == .success)
        let lines = captured.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 1 + 3 + 3)
        #expect(lines[4].hasPrefix("PROCESS"))
        #expect(lines[5].hasPrefix("default/api   5        5"))
        let (_, json) = await bed.run(["history", "--json", "--process", "api", "--type", "crashed"])
        let value = try JSONValue(parsing: Array(json.output.utf8))
        #expect(value["events"]?.arrayValue?.count == 5)
        #expect(value["processes"]?[0]?["crashes"]?.integerValue == 5)
        #expect(value["processes"]?[0]?["restarts"]?.integerValue == 0)
        let (_, none) = await bed.run(["history", "--type", "unhealthy"])
        #expect(none.output == "No such events are kept on the bus.\n" && none.errors.isEmpty)
    }

    @Test("history says that there is no such process, or that nothing happened to it, and where it looked", arguments: [true, false])
    func historyOfNothing(hasBucket: Bool) async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        if hasBucket { try await bed.bus.ensure(Buckets.processes) }
        for (name, namespace) in [("nats", "default"), ("api", "shop")] {
            try await bed.publish(.started, name, namespace: namespace)
            let event = ProcessEvent(.started, state: ProcessState(name: name, namespace: namespace, status: "Running"), at: .now())
            guard hasBucket else { continue }
            try await bed.bus.keyValue(Buckets.processes).put(ProcessKeys.process(namespace: namespace, name: name), event.json)
        }
        let (unknown, complaint) = await bed.run(["history", "-p", "nosuch", "--since", "5m"])
        #expect(unknown == .notFound && complaint.output.isEmpty)
        #expect(
            complaint.errors
                == "argus: there is no event of a process \"nosuch\", neither in the last 5m 0s nor before; the bus knows default/nats, shop/api\n"
        )
        let (_, json) = await bed.run(["history", "-p", "default/api", "--json"])
        #expect(
            json.output == #"{"processes":[],"events":[]}"# + "\n"
                && json.errors.hasPrefix("argus: there is no event of a process \"default/api\"; the bus"))
        let (quiet, note) = await bed.run(["history", "-p", "shop/api", "--type", "crashed"])
        #expect(quiet == .success && note.output.isEmpty)
        #expect(
            note.errors.contains(
                /^argus: no event of type crashed happened to shop\/api as far back as the bus keeps events; its last event: started at \d{4}-.*\n$/
            ))
        let later = Timestamp.now().adding(milliseconds: 1)
        try await eventually("the event lies before the window") { Timestamp.now() > later }
        let (late, nothing) = await bed.run(["history", "-p", "api", "--since", "0s", "--json"])
        #expect(late == .success && nothing.errors.contains("nothing happened to shop/api in the last 0ms"))
        #expect(nothing.output == #"{"processes":[],"events":[]}"# + "\n")
    }
}

// What a whole collector tells of processes: with streams that are there, that come, and that go.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.timeLimit(.minutes(3))) struct ProcessFeedTests {
    static func connect(_ bed: CollectorBed) async throws -> Bus {
        try await Bus.connect(BusConfiguration(servers: [bed.nats.url], name: "test"), logger: CollectorBed.quiet)
    }

    static func state(_ name: String, namespace: String = "default", status: String = "Running") -> ProcessState {
        var state = ProcessState(name: name, namespace: namespace, status: status)
        state.isRunning = status == "Running"
        state.memory = 4096
        state.cpu = 12.5
        return state
    }

    @discardableResult
    static func publish(_ kind: ProcessEvent.Kind, _ state: ProcessState, on bus: Bus, ago: Int64 = 0) async throws -> UInt64 {
        let event = ProcessEvent(kind, state: state, at: Timestamp.now().adding(milliseconds: -ago))
        return try await bus.publish(event.json, to: event.subject).sequence
    }

    static func names(_ answer: JSONValue) -> [String] {
        answer["processes"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }

    @Test func whatHappenedBeforeTheStartIsToldAfterIt() async throws {
        let bed = try await CollectorBed()
        let bus = try await Self.connect(bed)
        try await bus.ensure(Streams.processEvents())
        try await bus.ensure(Buckets.processes)
        let old = ProcessEvent(.started, state: Self.state("old"), at: Timestamp.now().adding(milliseconds: -200_000_000))
        try await bus.keyValue(Buckets.processes).put(ProcessKeys.process(namespace: "default", name: "old"), old.json)
        try await Self.publish(.started, Self.state("api"), on: bus, ago: 7_200_000)
        let crash = try await Self.publish(.crashed, Self.state("api", status: "Completed"), on: bus, ago: 60_000)
        _ = try await bus.publish(Array("no event".utf8), to: ProcessSubject.make(namespace: "default", name: "api", type: .started))
        try await bed.withInstance { instance in
            try await eventually("both are known", within: .seconds(20)) {
                Self.names(try await instance.get("/api/processes").json) == ["api", "old"]
            }
            let answer = try await instance.get("/api/processes").json
            #expect(answer["watched"]?.boolValue == false && answer["stale_since"]?.stringValue != nil)
            let api = answer["processes"]?[0]
            #expect(api?["status"]?.stringValue == "Completed" && api?["instance"] == .null)
            #expect(api?["events"]?["crashed"]?.arrayValue?.count == 24 && api?["events"]?["crashed"]?[23]?.integerValue == 1)
            #expect(api?["last_event"]?["type"]?.stringValue == "crashed")
            #expect(api?["last_event"]?["sequence"]?.integerValue == Int64(crash))
            let sample = ProcessSample(
                instance: "", at: .now(), processes: [.init(state: Self.state("api"), age: .seconds(90))])
            try bus.send(sample.json, to: Subjects.processSamples(instance: ""))
            try await eventually("the sample counts", within: .seconds(20)) {
                try await instance.get("/api/processes").json["watched"]?.boolValue == true
            }
            let now = try await instance.get("/api/processes").json
            #expect(now["stale_since"] == nil)
            let watched = now["processes"]?[0]
            #expect(watched?["instance"]?.stringValue == "default" && watched?["status"]?.stringValue == "Running")
            #expect(watched?["cpu"] == .number(12.5) && watched?["mem"]?.integerValue == 4096)
            #expect(watched?["uptime_ms"]?.integerValue.map { (90_000..<120_000).contains($0) } == true)
        }
        await bus.drain()
    }

    @Test func streamsMayComeLaterAndBeMadeAnew() async throws {
        let bed = try await CollectorBed()
        let bus = try await Self.connect(bed)
        try await bed.withInstance { instance in
            let empty = try await instance.get("/api/processes").json
            #expect(Self.names(empty) == [] && empty["watched"]?.boolValue == false && empty["stale_since"] == nil)
            try await bus.ensure(Streams.processEvents())
            for _ in 0..<3 { try await Self.publish(.crashed, Self.state("api", status: "Completed"), on: bus) }
            func crashes() async throws -> Int? {
                try await instance.get("/api/processes/events?type=crashed").json["events"]?.arrayValue?.count
            }
            try await eventually("the crashes are known", within: .seconds(30)) { try await crashes() == 3 }
            try await bus.ensure(Buckets.processes)
            let other = ProcessEvent(.started, state: Self.state("other"), at: .now())
            try await bus.keyValue(Buckets.processes).put(ProcessKeys.process(namespace: "default", name: "other"), other.json)
            try await eventually("the bucket is read", within: .seconds(30)) {
                Self.names(try await instance.get("/api/processes").json) == ["api", "other"]
            }
            try await bus.deleteStream(Streams.processEvents().name)
            try await bus.ensure(Streams.processEvents())
            try await Self.publish(.crashed, Self.state("api", status: "Completed"), on: bus)
            try await eventually("only the new one is known", within: .seconds(30)) { try await crashes() == 1 }
        }
        await bus.drain()
    }

    @Test func nothingIsMissedOrToldTwiceOverARestartOfTheBus() async throws {
        let bed = try await CollectorBed()
        let bus = try await Self.connect(bed)
        try await bus.ensure(Streams.processEvents())
        try await bed.withInstance { instance in
            for number in 0..<5 { try await Self.publish(.started, Self.state("p\(number)"), on: bus) }
            let sample = ProcessSample(instance: "", at: .now(), processes: [.init(state: Self.state("p0"), age: .zero)])
            try await eventually("all are known", within: .seconds(20)) {
                try bus.send(sample.json, to: Subjects.processSamples(instance: ""))
                let answer = try await instance.get("/api/processes").json
                return Self.names(answer).count == 5 && answer["watched"]?.boolValue == true
            }
            await bed.nats.stop()
            try await eventually("it says that it is alone", within: .seconds(20)) {
                let answer = try await instance.get("/api/processes").json
                return Self.names(answer).count == 5 && answer["watched"]?.boolValue == false && answer["stale_since"]?.stringValue != nil
            }
            try await bed.nats.restart()
            for number in 5..<10 { try await Self.publish(.started, Self.state("p\(number)"), on: bus) }
            try await eventually("the rest is known", within: .seconds(40)) {
                Self.names(try await instance.get("/api/processes").json).count == 10
            }
            let events = try await instance.get("/api/processes/events?limit=1000").json["events"]?.arrayValue
            #expect(events?.compactMap { $0["sequence"]?.integerValue } == (1...10).reversed())
        }
        await bus.drain()
    }

    @Test func changesAreFoundPageByPage() async throws {
        let bed = try await CollectorBed()
        let bus = try await Self.connect(bed)
        try await bus.ensure(Streams.processEvents())
        let hostile = "a/b c%41.\"<>\u{202E}"
        for number in 0..<30 {
            let state = Self.state(number % 3 == 0 ? hostile : "p", namespace: number % 2 == 0 ? "default" : "x/y")
            try await Self.publish(number % 5 == 0 ? .crashed : .started, state, on: bus)
        }
        try await bed.withInstance { instance in
            try await eventually("all are known", within: .seconds(20)) {
                try await instance.get("/api/processes/events?limit=1000").json["events"]?.arrayValue?.count == 30
            }
            var seen: [Int64] = []
            var cursor = ""
            repeat {
                let page = try await instance.get("/api/processes/events?limit=7&range=1h\(cursor)").json
                seen += page["events"]?.arrayValue?.compactMap { $0["sequence"]?.integerValue } ?? []
                cursor = page["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(seen == (1...30).reversed())
            let name = try #require("x/y/\(hostile)".addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            let some = try await instance.get("/api/processes/events?process=\(name)&type=crashed&type=started").json["events"]?.arrayValue
            #expect(some?.compactMap { $0["sequence"]?.integerValue } == [28, 22, 16, 10, 4])
            #expect(some?.allSatisfy { $0["process"]?.stringValue == hostile && $0["namespace"]?.stringValue == "x/y" } == true)
        }
        await bus.drain()
    }

    @Test func whateverIsWrongNamesItsField() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let wrong = [
                ("processes?limit=1", "limit"), ("processes/events?limit=0", "limit"), ("processes/events?limit=1001", "limit"),
                ("processes/events?limit=ten", "limit"), ("processes/events?type=exploded", "type"),
                ("processes/events?process=", "process"), ("processes/events?range=-1h", "range"),
                ("processes/events?from=yesterday", "from"), ("processes/events?from=2000&to=1000", "to"),
                ("processes/events?cursor=abc", "cursor"), ("processes/events?kind=crashed", "kind"),
                ("processes/events?" + (0...100).map { "process=p\($0)" }.joined(separator: "&"), "process"),
                ("processes/events?process=" + String(repeating: "x", count: 1025), "process"),
            ]
            for (path, field) in wrong {
                let answer = try await instance.get("/api/\(path)")
                #expect(answer.status == 400 && answer.field == field, "\(path): \(answer.text)")
            }
        }
    }
}

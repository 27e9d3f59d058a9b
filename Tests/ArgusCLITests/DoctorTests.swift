// What the doctor makes of what it sees.

import ArgusShared
import Testing

@testable import ArgusCLI

struct DoctorTests {
    private static func stream(_ name: String, messages: Int64 = 0, bytes: Int64 = 0, limit: Int64 = -1, discard: String = "old")
        -> JSONValue
    {
        .object([
            .init(
                "config", .object([.init("name", .string(name)), .init("max_bytes", .integer(limit)), .init("discard", .string(discard))])),
            .init("state", .object([.init("messages", .integer(messages)), .init("bytes", .integer(bytes))])),
        ])
    }

    private static let complete =
        Streams.all.map { stream($0.name) } + (0..<2).map { stream(Streams.eventsName(partition: $0)) }
        + ["KV_argus_config", "KV_argus_leases", "KV_argus_processes", "ARGUS_TELEMETRY", "PROCESS_EVENTS"].map { stream($0) }

    @Test("A complete bus has nothing to complain of")
    func complete() {
        let findings = StreamExamination(streams: Self.complete, partitions: 2).findings
        #expect(findings.allSatisfy { $0.status == .ok })
    }

    @Test("What is missing is a problem on the alert path, and not in use elsewhere, with advice")
    func missing() {
        let findings = StreamExamination(streams: [], partitions: nil).findings
        #expect(findings.allSatisfy { $0.advice != nil })
        #expect(findings.first { $0.subject == "stream ARGUS_ALERTS" }?.status == .problem)
        #expect(findings.first { $0.subject == "partitions" }?.status == .problem)
        let unused = findings.filter { $0.status == .ok }
        #expect(unused.map(\.subject) == ["stream ARGUS_TELEMETRY", "stream PROCESS_EVENTS", "bucket argus_processes"])
        #expect(unused.allSatisfy { $0.message == "not in use" })
        let partial = StreamExamination(streams: Self.complete, partitions: 3).findings.first { $0.subject == "partitions" }
        #expect(partial?.message == "ARGUS_EVENTS_2 missing")
    }

    @Test("A stream that fills up, events that wait and dead letters are told")
    func pressure() {
        func findings(_ replacement: JSONValue, named name: String) -> [Finding] {
            let others = Self.complete.filter { $0["config"]?["name"]?.stringValue != name }
            return StreamExamination(streams: others + [replacement], partitions: 2).findings.filter { $0.status != .ok }
        }
        let full = findings(Self.stream("ARGUS_EVENTS_1", bytes: 90, limit: 100, discard: "new"), named: "ARGUS_EVENTS_1")
        #expect(full.map(\.subject) == ["stream ARGUS_EVENTS_1"] && full.first?.status == .problem)
        let waiting = findings(Self.stream("ARGUS_EVENTS_1", messages: 20_000), named: "ARGUS_EVENTS_1")
        #expect(waiting.map(\.subject) == ["partitions"] && waiting.first?.status == .warning)
        let telemetry = findings(Self.stream("ARGUS_TELEMETRY", bytes: 95, limit: 100, discard: "new"), named: "ARGUS_TELEMETRY")
        #expect(telemetry.first?.status == .problem)
        let rolling = findings(Self.stream("PROCESS_EVENTS", bytes: 100, limit: 100), named: "PROCESS_EVENTS")
        #expect(rolling.isEmpty)
        let letters = findings(Self.stream("ARGUS_DEADLETTERS", messages: 3), named: "ARGUS_DEADLETTERS")
        #expect(letters.first?.message == "3 messages could not be handled")
    }

    private static func consumer(_ name: String, pending: Int64, waiting: Int64) -> JSONValue {
        .object([
            .init("name", .string(name)), .init("config", .object([.init("durable_name", .string(name))])),
            .init("num_pending", .integer(pending)), .init("num_waiting", .integer(waiting)),
        ])
    }

    @Test("Consumers that nobody reads, or that are behind, are told")
    func consumers() {
        func status(pending: Int64, waiting: Int64) -> [Finding.Status] {
            ConsumerExamination(
                stream: "S", consumers: [Self.consumer("notifier", pending: pending, waiting: waiting)], expected: ["notifier": "alert-api"]
            ).findings.map(\.status)
        }
        #expect(status(pending: 0, waiting: 0) == [.ok])
        #expect(status(pending: 5, waiting: 1) == [.ok])
        #expect(status(pending: 5, waiting: 0) == [.problem])
        #expect(status(pending: 5000, waiting: 1) == [.warning])
        let missing = ConsumerExamination(stream: "S", consumers: [], expected: ["notifier": "alert-api"]).findings
        #expect(missing.map(\.status) == [.warning])
        #expect(missing.first?.advice?.contains("alert-api") == true)
    }

    @Test("A service that is not ready is quoted")
    func services() {
        let place = ServiceExamination.Place(name: "alert-api", url: "http://a", absence: .problem)
        #expect(ServiceExamination.judge(place, status: 200, body: []).status == .ok)
        let body = #"{"status":"unready","checks":{"bus":{"status":"ok"},"database":{"status":"failing","message":"no answer"}}}"#
        let finding = ServiceExamination.judge(place, status: 503, body: Array(body.utf8))
        #expect(finding.status == .problem && finding.message == "not ready: database: no answer")
        #expect(ServiceExamination.judge(place, status: 404, body: []).message == "http://a answers 404")
    }

    private static let usual = "http://127.0.0.1:8080"

    private static func examination(api: String = usual, isEdgeNamed: Bool = false, _ places: [String]) throws -> ServiceExamination {
        let addresses = ServiceAddresses(edge: usual, gateway: usual, api: api, collector: usual)
        return try ServiceExamination(edge: EdgeClient(addresses, token: nil), isEdgeNamed: isEdgeNamed, places: places)
    }

    @Test("Where the bus tells of services, only the edge and those that were named are asked")
    func askedPlaces() throws {
        func asked(_ examination: ServiceExamination) -> [String] {
            examination.places(knowsFleet: true).map { "\($0.name) \($0.url) \($0.absence)" }
        }
        #expect(asked(try Self.examination([])) == ["edge \(Self.usual) warning"])
        #expect(asked(try Self.examination(isEdgeNamed: true, [])) == ["edge \(Self.usual) problem"])
        #expect(asked(try Self.examination(["edge="])).isEmpty)
        #expect(
            asked(try Self.examination(api: "http://api:1", ["grouping-processor=http://g:2/", "process-adapter="]))
                == ["edge \(Self.usual) warning", "grouping-processor http://g:2 problem", "alert-api http://api:1 problem"])
        #expect(try Self.examination(["process-adapter=", "edge="]).skipped == ["process-adapter", "edge"])
    }

    @Test("Where the bus does not tell, services are asked at their usual places unless those are replaced or left out")
    func usualPlaces() throws {
        let arguments = ["process-adapter=", "grouping-processor=http://g:2/", "other=http://o:3"]
        let places = try Self.examination(api: "http://api:1", arguments).places(knowsFleet: false)
        #expect(places.map(\.name) == ["edge", "ingest-gateway", "otlp-collector", "grouping-processor", "other", "alert-api"])
        #expect(
            places.map(\.url)
                == [Self.usual, "http://127.0.0.1:8081", "http://127.0.0.1:8083", "http://g:2", "http://o:3", "http://api:1"])
        #expect(places.map(\.absence) == [.warning, .problem, .warning, .problem, .problem, .problem])
        #expect(
            try Self.examination(["x=http://a", "x=http://b", "y=http://c", "y="]).places(knowsFleet: true).map(\.url)[1...] == ["http://b"]
        )
    }

    @Test("A clock is judged by the middle between question and answer")
    func clock() throws {
        let asked = Timestamp(milliseconds: 1_769_853_211_000)
        func clock(_ told: String?, roundTrip: Duration = .milliseconds(20)) -> BusClock? {
            BusClock(answer: .object(told.map { [.init("ts", .string($0))] } ?? []), askedAt: asked, roundTrip: roundTrip)
        }
        #expect(clock(nil) == nil)
        let agreeing = try #require(clock("2026-01-31T09:53:31.015Z"))
        #expect(agreeing.finding.status == .ok && agreeing.finding.message == "this machine and the bus agree to within 15.0 ms")
        let ahead = try #require(clock("2026-01-31T09:53:41.010Z"))
        #expect(ahead.finding.status == .warning && ahead.finding.message.contains("10000.0 ms ahead of"))
        #expect(ahead.time(at: asked).milliseconds == asked.milliseconds + 10_000)
        #expect(clock("2026-01-31T09:53:21.010Z")?.finding.message.contains("10000.0 ms behind") == true)
        #expect(clock("2026-01-31T09:53:41.010Z", roundTrip: .seconds(30))?.finding.status == .ok)
    }
}

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

    @Test("What is missing is a problem on the alert path, a warning elsewhere, with advice")
    func missing() {
        let findings = StreamExamination(streams: [], partitions: nil).findings
        #expect(findings.allSatisfy { $0.status != .ok && $0.advice != nil })
        #expect(findings.first { $0.subject == "stream ARGUS_ALERTS" }?.status == .problem)
        #expect(findings.first { $0.subject == "partitions" }?.status == .problem)
        #expect(findings.first { $0.subject == "stream PROCESS_EVENTS" }?.status == .warning)
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
        let place = ServiceExamination.Place(name: "alert-api", url: "http://a", isEssential: true)
        #expect(ServiceExamination.judge(place, status: 200, body: []).status == .ok)
        let body = #"{"status":"unready","checks":{"bus":{"status":"ok"},"database":{"status":"failing","message":"no answer"}}}"#
        let finding = ServiceExamination.judge(place, status: 503, body: Array(body.utf8))
        #expect(finding.status == .problem && finding.message == "not ready: database: no answer")
        #expect(ServiceExamination.judge(place, status: 404, body: []).message == "http://a answers 404")
    }

    @Test("Places of services are replaced, added and left out")
    func places() throws {
        let usual = "http://127.0.0.1:8080"
        let addresses = ServiceAddresses(edge: usual, gateway: usual, api: "http://api:1", collector: usual)
        let edge = EdgeClient(addresses, token: nil)
        let places = try ServiceExamination(edge: edge, places: ["process-adapter=", "grouping-processor=http://g:2/", "other=http://o:3"])
            .places
        #expect(places.map(\.name) == ["edge", "ingest-gateway", "grouping-processor", "alert-api", "otlp-collector", "other"])
        #expect(places.map(\.url)[1...] == ["http://127.0.0.1:8081", "http://g:2", "http://api:1", "http://127.0.0.1:8083", "http://o:3"])
    }
}

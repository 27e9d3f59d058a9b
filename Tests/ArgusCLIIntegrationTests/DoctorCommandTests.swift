// `argus doctor` on a real bus.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import ArgusCLI

struct DoctorCommandTests {
    private static let services = ["edge", "ingest-gateway", "grouping-processor", "alert-api", "otlp-collector", "process-adapter"]
    private static let none = services.flatMap { ["--service", "\($0)="] }

    /// Tells the bus of an instance, as services do.
    private static func report(_ service: String, on bus: Bus, failing: [String: String] = [:]) async throws {
        let now = Timestamp.now()
        var status = ServiceStatus(
            service: service, instance: "vm-1", version: "1.2", startedAt: now.adding(milliseconds: -90_000), at: now,
            isReady: failing.isEmpty)
        for (check, detail) in failing { status.checks[check] = .init(isOK: false, detail: detail) }
        try await bus.keyValue(Buckets.services).put(ServiceKeys.status(service: service, instance: "vm-1"), status.json)
    }

    @Test("It names what an empty bus lacks, and is content with one that is set up")
    func streams() async throws {
        let bed = try await CommandBed.start()
        let (empty, complaints) = await bed.run(["doctor"] + Self.none)
        #expect(empty == .failure)
        #expect(complaints.output.contains("PROBLEM stream ARGUS_ALERTS: missing"))
        #expect(complaints.output.contains("warning bucket argus_services: missing"))
        #expect(complaints.errors.contains("problems found"))

        _ = try await BusSetup.ensure(on: bed.bus, partitions: 4, eventBytes: 1 << 20)
        try await bed.bus.ensure(Consumers.notifier)
        try await bed.bus.ensure(Buckets.services)
        let (fine, captured) = await bed.run(["doctor", "--json"] + Self.none)
        #expect(fine == .success)
        let report = try JSONValue(parsing: Array(captured.output.utf8))
        let findings = report["findings"]?.arrayValue ?? []
        func finding(_ check: String) -> JSONValue? { findings.first { $0["check"]?.stringValue == check } }
        #expect(report["status"]?.stringValue == "ok")
        #expect(report["services"]?.arrayValue?.isEmpty == true)
        #expect(finding("bus")?["message"]?.stringValue?.hasPrefix("nats-server 2.") == true)
        #expect(finding("clocks")?["message"]?.stringValue?.contains("agree to within") == true)
        #expect(finding("partitions")?["message"]?.stringValue == "4 event streams, 0 messages wait")
        #expect(finding("consumer ARGUS_NOTIFICATIONS/notifier")?["status"]?.stringValue == "ok")
        #expect(finding("stream PROCESS_EVENTS")?["message"]?.stringValue == "not in use")

        _ = try await bed.bus.publish([1], to: Subjects.notifications(manager: "m"))
        let (_, lonely) = await bed.run(["doctor", "--quiet"] + Self.none)
        #expect(lonely.output.contains("PROBLEM consumer ARGUS_NOTIFICATIONS/notifier: nobody reads it: 1 wait"))
        #expect(!lonely.output.contains("ARGUS_ALERTS"))
    }

    @Test("Services that tell the bus of themselves are judged by that, wherever they listen, and not asked")
    func fleet() async throws {
        let bed = try await CommandBed.start()
        _ = try await BusSetup.ensure(on: bed.bus, partitions: 4, eventBytes: 1 << 20)
        try await bed.bus.ensure(Consumers.notifier)
        try await bed.bus.ensure(Buckets.services)
        for service in ["ingest-gateway", "grouping-processor"] { try await Self.report(service, on: bed.bus) }
        try await Self.report("alert-api", on: bed.bus, failing: ["database": "no answer"])
        try await RecordingServer.run(["GET /edge/healthz": .init(body: "ok")]) { server in
            let (status, captured) = await bed.run(["doctor", "--url", server.url])
            #expect(status == .failure)
            #expect(captured.errors == "argus: 1 problem found\n")
            #expect(captured.output.contains("PROBLEM service alert-api: vm-1 is not ready (database: no answer)\n"))
            #expect(captured.output.contains("ok      service ingest-gateway: ready: vm-1 (1.2, up 1m 30s, heard of "))
            #expect(captured.output.contains("ok      service otlp-collector: not in use"))
            #expect(captured.output.contains("ok      service edge: answers at \(server.url)\n"))
            #expect(server.received.map(\.line) == ["GET /edge/healthz"])

            try await bed.bus.keyValue(Buckets.services).delete(ServiceKeys.status(service: "alert-api", instance: "vm-1"))
            let (_, gone) = await bed.run(["doctor", "--url", server.url, "--service", "ingest-gateway=\(server.url)", "--json"])
            let report = try JSONValue(parsing: Array(gone.output.utf8))
            let problems = (report["findings"]?.arrayValue ?? []).filter { $0["status"]?.stringValue == "problem" }
            let told = problems.map { "\($0["check"]?.stringValue ?? ""): \($0["message"]?.stringValue ?? "")" }
            #expect(
                told == [
                    "service alert-api: not there: no instance has told this bus of itself in the last 30s",
                    "service ingest-gateway: \(server.url) answers 404",
                ])
            let services = report["services"]?.arrayValue ?? []
            #expect(services.map { $0["service"]?.stringValue } == ["grouping-processor", "ingest-gateway"])
            #expect(services[0]["ready"]?.boolValue == true && services[0]["instance"]?.stringValue == "vm-1")
        }
    }

    @Test("Without a bus it asks services at their usual ports or where they were said to be, and ends with 3")
    func withoutBus() async throws {
        let unready = #"{"status":"unready","checks":{"database":{"status":"failing","message":"no answer"}}}"#
        try await RecordingServer.run(["GET /readyz": .init(status: 503, body: unready), "GET /edge/healthz": .init(body: "ok")]) {
            server in
            let captured = Captured()
            let services = ["ingest-gateway", "grouping-processor", "otlp-collector", "process-adapter"].flatMap {
                ["--service", "\($0)="]
            }
            let bus = ["--nats-url", "nats://127.0.0.1:\(try FreePort.next())"]
            let status = await captured.run(["doctor", "--service", "alert-api=\(server.url)", "--url", server.url] + services + bus)
            #expect(status == .unreachable)
            #expect(captured.output.contains("PROBLEM service alert-api: not ready: database: no answer"))
            #expect(captured.output.contains("ok      service edge"))
        }
    }

    @Test("An edge that nobody has named and that does not answer is a warning that says what needs it")
    func edge() async throws {
        let nowhere = "http://127.0.0.1:\(try FreePort.next())"
        let place = ServiceExamination.Place(name: "edge", url: nowhere, absence: .warning)
        let finding = ServiceExamination.absent(place, "Connection refused")
        #expect(finding.status == .warning && finding.advice?.contains("--url") == true)
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Buckets.services)
        let (_, captured) = await bed.run(["doctor", "--url", nowhere])
        #expect(captured.output.contains("PROBLEM service edge: does not answer at \(nowhere) (Connection refused)\n"))
    }
}

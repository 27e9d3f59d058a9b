// What the doctor makes of what services tell the bus of themselves.

import ArgusShared
import Testing

@testable import ArgusCLI

struct FleetTests {
    private static let now = Timestamp(milliseconds: 1_769_853_211_000)
    private static let essential = ["ingest-gateway", "grouping-processor", "alert-api"]

    /// An instance that was heard of `silence` milliseconds ago.
    private static func instance(
        _ service: String, _ name: String = "vm-1", silence: Int64 = 2000, failing: [String: String] = [:]
    ) -> FleetExamination.Instance {
        var status = ServiceStatus(
            service: service, instance: name, version: "1.2", startedAt: now.adding(milliseconds: -3_900_000), at: now,
            isReady: failing.isEmpty)
        status.checks["bus"] = .init(isOK: true)
        for (check, detail) in failing { status.checks[check] = .init(isOK: false, detail: detail) }
        return FleetExamination.Instance(status, heard: now.adding(milliseconds: -silence), now: now)
    }

    private static func findings(_ instances: [FleetExamination.Instance], streams: Set<String> = [], skipped: Set<String> = [])
        -> [Finding]
    {
        FleetExamination(instances: instances, streams: streams, skipped: skipped).findings
    }

    private static func finding(_ service: String, _ instances: [FleetExamination.Instance], streams: Set<String> = []) -> Finding? {
        findings(instances, streams: streams).first { $0.subject == "service \(service)" }
    }

    @Test("Services that are ready are told with instance, version, age and when they were heard of, wherever they listen")
    func ready() {
        let one = Self.finding("alert-api", [Self.instance("alert-api")])
        #expect(one == .ok("service alert-api", "ready: vm-1 (1.2, up 1h 5m, heard of 2s ago)"))
        let two = Self.finding("alert-api", [Self.instance("alert-api"), Self.instance("alert-api", "vm-2", silence: 0)])
        #expect(
            two?.message == "2 instances ready: vm-1 (1.2, up 1h 5m, heard of 2s ago), vm-2 (1.2, up 1h 5m, heard of 0ms ago)")
        let many = Self.finding("alert-api", (0..<50).map { Self.instance("alert-api", "vm-\($0)") })
        #expect(many?.message.hasPrefix("50 instances ready: ") == true && many?.message.hasSuffix(" and 42 more") == true)
    }

    @Test("What alerts need and is not there is a problem; what was never used is none; what was is missed; nobody misses the demo")
    func missing() {
        let nothing = Self.findings([])
        #expect(nothing.map(\.subject) == (Self.essential + ["otlp-collector", "process-adapter"]).map { "service \($0)" })
        #expect(nothing.map(\.status) == [.problem, .problem, .problem, .ok, .ok])
        #expect(nothing.allSatisfy { $0.advice?.isEmpty == false })
        #expect(nothing[0].message == "not there: no instance has told this bus of itself in the last 30s")
        #expect(nothing[3].message == "not in use: there is no stream ARGUS_TELEMETRY")
        let used = Self.findings([], streams: ["ARGUS_TELEMETRY", "PROCESS_EVENTS"])
        #expect(used.map(\.status) == [.problem, .problem, .problem, .warning, .warning])
        #expect(used[4].message == "not there, but it is in use: there is a stream PROCESS_EVENTS")
        #expect(Self.findings([], skipped: ["alert-api", "process-adapter"]).count == 3)
    }

    @Test("A service is a problem once none of its instances is ready, with the checks that fail")
    func unready() {
        let failing = Self.instance("alert-api", failing: ["database": "no answer", "bus": ""])
        let down = Self.finding("alert-api", [failing])
        #expect(down?.status == .problem && down?.message == "vm-1 is not ready (bus; database: no answer)")
        let degraded = Self.finding("alert-api", [failing, Self.instance("alert-api", "vm-2"), Self.instance("alert-api", "vm-3")])
        #expect(degraded?.status == .warning)
        #expect(degraded?.message == "2 of 3 instances ready; vm-1 is not ready (bus; database: no answer)")
        #expect(Self.finding("process-adapter", [Self.instance("process-adapter", failing: ["compose": ""])])?.status == .problem)
        #expect(Self.finding("chaos-order", [Self.instance("chaos-order", failing: ["bus": ""])])?.status == .warning)
        let own = Self.finding("our-own", [Self.instance("our-own", failing: ["disk": "full"])])
        #expect(own?.status == .problem && own?.message == "vm-1 is not ready (disk: full)")
    }

    @Test("An instance that has gone silent is not ready, whatever it said last")
    func silent() {
        let fine = Self.finding("alert-api", [Self.instance("alert-api", silence: FleetExamination.longestSilence)])
        #expect(fine?.status == .ok)
        let killed = Self.finding("alert-api", [Self.instance("alert-api", silence: 17_000)])
        #expect(killed?.status == .problem && killed?.message == "vm-1 has said nothing for 17s")
        #expect(killed?.advice?.contains("forgotten after 30s") == true)
        let adapter = Self.finding("process-adapter", [Self.instance("process-adapter", silence: 17_000)])
        #expect(adapter?.status == .warning, "as bad as its absence")
        let replaced = Self.finding("alert-api", [Self.instance("alert-api", silence: 17_000), Self.instance("alert-api", "vm-2")])
        #expect(replaced?.status == .warning && replaced?.message == "1 of 2 instances ready; vm-1 has said nothing for 17s")
    }

    @Test("Clocks that disagree make no silence and no age below zero")
    func clocks() {
        #expect(Self.instance("alert-api", silence: -90_000).silence == 0)
        var status = ServiceStatus(
            service: "alert-api", instance: "vm-1", version: "1", startedAt: Self.now.adding(milliseconds: 5000), at: Self.now,
            isReady: true)
        status.checks = [:]
        #expect(FleetExamination.Instance(status, heard: Self.now, now: Self.now).uptime == 0)
    }

    @Test("Values that are no status are named")
    func unreadable() {
        let findings = FleetExamination(instances: [], unreadable: ["a.b", "c"], streams: []).findings
        #expect(findings.last?.status == .warning && findings.last?.message == "a.b, c cannot be read")
    }
}

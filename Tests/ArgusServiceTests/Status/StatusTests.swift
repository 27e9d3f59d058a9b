// What an instance says of itself.

import ArgusShared
import Foundation
import Testing

@testable import ArgusService

@Suite struct StatusTests {
    struct Down: Error, CustomStringConvertible {
        let description = "the database sleeps"
    }

    @Test func itCarriesTheChecksAndTheMetrics() async throws {
        let bootstrap = ServiceBootstrap.testing(name: "sample")
        let started = Timestamp.now()
        bootstrap.health.register("bus") {}
        #expect(await bootstrap.status(instance: "host-1", startedAt: started).isReady)
        bootstrap.health.register("database") { throw Down() }
        bootstrap.metrics.counter("argus_things_total", labels: [("kind", "a \"b\"")]).increment(by: 3)
        let status = await bootstrap.status(instance: "host-1", startedAt: started)
        #expect(status.service == "sample" && status.instance == "host-1" && status.version == SuiteVersion.current)
        #expect(!status.isReady && status.startedAt == started && status.timestamp >= started)
        #expect(status.checks == ["bus": .init(isOK: true), "database": .init(isOK: false, detail: "the database sleeps")])
        #expect(status.metrics[#"argus_things_total{kind="a \"b\""}"#] == 3)
        #expect(try ServiceStatus(parsing: status.json) == status)
    }

    @Test func itsShapeOnTheBus() throws {
        let time = try #require(Timestamp(rfc3339: "2026-01-31T12:00:00Z"))
        var status = ServiceStatus(
            service: "s", instance: "h-1", version: "1.0", startedAt: time, at: time.adding(milliseconds: 5), isReady: true)
        status.checks["bus"] = .init(isOK: true)
        status.metrics = ["argus_b": 0.5, "argus_a": 2]
        let expected = """
            {"service":"s","instance":"h-1","version":"1.0","started_at":"2026-01-31T12:00:00.000Z",\
            "timestamp":"2026-01-31T12:00:00.005Z","ready":true,"checks":{"bus":{"ok":true,"detail":""}},\
            "metrics":{"argus_a":2,"argus_b":0.5},"metrics_omitted":0}
            """
        #expect(String(decoding: status.json, as: UTF8.self) == expected)
        let later = #"{"service":"s","new":[1],"checks":{"bus":{"ok":true,"more":{}}},"metrics":{"argus_a":1e3}}"#
        #expect(try ServiceStatus(parsing: Array(later.utf8)).metrics == ["argus_a": 1000])
        #expect(throws: (any Error).self) { try ServiceStatus(parsing: Array("{\"service\":7}".utf8)) }
    }

    @Test func metricsAreThoseOfTheExposition() {
        let registry = MetricsRegistry()
        registry.registerProcess(service: "sample", version: "1")
        registry.counter("argus_events_total", labels: [("door", "v1")]).increment(by: 7)
        registry.gauge("argus_depth").set(2.5)
        registry.gauge("argus_read") { 4 }
        registry.gauge("argus_absent") { nil }
        registry.gauge("argus_endless").set(.infinity)
        let histogram = registry.histogram("argus_wait_seconds", labels: [("signal", "logs")])
        histogram.record(0.25)
        histogram.record(0.5)
        let (values, omitted) = registry.statusValues()
        let lines = Set(expose(registry).split(separator: "\n"))
        for (name, value) in values where name.hasPrefix("argus_") {
            #expect(lines.contains("\(name) \(Exposition.number(value))"), "\(name)")
        }
        #expect(values["argus_events_total{door=\"v1\"}"] == 7 && values["argus_depth"] == 2.5 && values["argus_read"] == 4)
        #expect(values["argus_wait_seconds_count{signal=\"logs\"}"] == 2 && values["argus_wait_seconds_sum{signal=\"logs\"}"] == 0.75)
        #expect(values["argus_absent"] == nil && values["argus_endless"] == nil && omitted == 0)
        #expect((values["process_resident_memory_bytes"] ?? 0) > 0)
    }

    @Test func whatTellsLeastGivesWay() {
        let registry = MetricsRegistry()
        for route in 0..<30 {
            registry.counter(MetricName.httpRequests, labels: [("route", "/\(route)")]).increment()
            registry.histogram(MetricName.httpDuration, labels: [("route", "/\(route)")]).record(1)
        }
        for reason in 0..<5 { _ = registry.counter("argus_refused_total", labels: [("reason", "\(reason)")]) }
        registry.counter("argus_refused_total", labels: [("reason", "size")]).increment()
        for partition in 0..<6 { registry.gauge("argus_z", labels: [("partition", "\(partition)")]).set(0) }
        _ = registry.counter("argus_plain_total")
        let (values, omitted) = registry.statusValues(limit: 10)
        #expect(values.count == 10 && omitted == 93)
        #expect(values.keys.count { $0.hasPrefix("argus_z{") } == 6 && values["argus_plain_total"] == 0)
        #expect(values.filter { $0.key.hasPrefix("argus_refused_total") } == ["argus_refused_total{reason=\"size\"}": 1])
        let all = registry.statusValues(limit: 103)
        #expect(all.omitted == 0 && all.values["argus_refused_total{reason=\"4\"}"] == 0)
    }

    @Test(arguments: [("web-1.example.org", "web-1-example-org-7"), ("höst/ a", "h-st--a-7"), ("", "-7")])
    func instancesHaveNamesThatAreKeys(host: String, name: String) {
        #expect(InstanceName.make(host: host, process: 7) == name)
        #expect(InstanceName.ofThisProcess.hasSuffix("-\(getpid())"))
    }

    @Test func withoutABusThereIsNobodyToTell() {
        let bootstrap = ServiceBootstrap.testing(name: "sample")
        #expect(ServiceApplication().reportingStatus(of: bootstrap).services.isEmpty)
    }
}

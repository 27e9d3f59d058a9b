// The registry and its text exposition.

import Foundation
import Metrics
import Testing

@testable import ArgusService

/// Reads the text format back, strictly.
private func parse(_ text: String) throws -> (samples: [String: Double], types: [String: String]) {
    var samples: [String: Double] = [:]
    var types: [String: String] = [:]
    #expect(text.hasSuffix("\n"))
    for line in text.split(separator: "\n") {
        if line.hasPrefix("# HELP ") { continue }
        if line.hasPrefix("# TYPE ") {
            let parts = line.split(separator: " ")
            #expect(types[String(parts[2])] == nil, "one TYPE line for each family")
            types[String(parts[2])] = String(parts[3])
            continue
        }
        let match = try #require(
            line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)/), "\(line)")
        let name = String(match.1) + (match.2.map(String.init) ?? "")
        #expect(samples[name] == nil, "one sample for each series: \(name)")
        samples[name] = try #require(Double(match.3 == "+Inf" ? "inf" : String(match.3)))
    }
    return (samples, types)
}

@Suite struct MetricsTests {
    @Test func expositionReadsBack() throws {
        let registry = MetricsRegistry()
        registry.counter("argus_events_accepted_total", help: "Events\naccepted \\ kept.", labels: [("door", "v1")]).increment(by: 3)
        registry.gauge("argus_queue_depth").set(2.5)
        registry.gauge("argus_pulled") { 7 }
        registry.gauge("argus_absent") { nil }
        let histogram = registry.histogram("argus_wait_seconds", labels: [("q", "a")], buckets: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 3] { histogram.record(seconds: value) }
        let (samples, types) = try parse(expose(registry))
        #expect(samples["argus_events_accepted_total{door=\"v1\"}"] == 3)
        #expect(samples["argus_queue_depth"] == 2.5)
        #expect(samples["argus_pulled"] == 7)
        #expect(samples["argus_absent"] == nil)
        #expect(samples["argus_wait_seconds_bucket{q=\"a\",le=\"0.1\"}"] == 2)
        #expect(samples["argus_wait_seconds_bucket{q=\"a\",le=\"1\"}"] == 3)
        #expect(samples["argus_wait_seconds_bucket{q=\"a\",le=\"+Inf\"}"] == 4)
        #expect(samples["argus_wait_seconds_count{q=\"a\"}"] == 4)
        #expect(abs((samples["argus_wait_seconds_sum{q=\"a\"}"] ?? 0) - 3.65) < 1e-9)
        #expect(
            types == [
                "argus_events_accepted_total": "counter", "argus_queue_depth": "gauge", "argus_pulled": "gauge",
                "argus_absent": "gauge", "argus_wait_seconds": "histogram",
            ])
        #expect(expose(registry).contains("# HELP argus_events_accepted_total Events\\naccepted \\\\ kept.\n"))
    }

    @Test func labelValuesAreEscaped() throws {
        let registry = MetricsRegistry()
        registry.counter("argus_x_total", labels: [("v", "a\"b\\c\nd é"), ("bad-name", "1")]).increment()
        let text = expose(registry)
        #expect(text.contains(#"argus_x_total{v="a\"b\\c\nd é",bad_name="1"} 1"#))
        _ = try parse(text)
    }

    @Test func theSameSeriesIsTheSameHandle() {
        let registry = MetricsRegistry()
        #expect(registry.counter("a_total", labels: [("x", "1")]) === registry.counter("a_total", labels: [("x", "1")]))
        #expect(registry.counter("a_total", labels: [("x", "1")]) !== registry.counter("a_total", labels: [("x", "2")]))
    }

    @Test func labelCardinalityIsBounded() throws {
        let registry = MetricsRegistry(seriesLimit: 10)
        for index in 0..<1_000 {
            registry.counter("argus_by_user_total", labels: [("user", "\(index)")]).increment()
        }
        let (samples, _) = try parse(expose(registry))
        let series = samples.keys.filter { $0.hasPrefix("argus_by_user_total{") }
        #expect(series.count == 11)
        #expect(samples["argus_by_user_total{user=\"other\"}"] == 990)
        #expect(samples["argus_metrics_series_overflow_total{metric=\"argus_by_user_total\"}"] == 990)
    }

    @Test func aNameOfAnotherKindIsNotExposedTwice() throws {
        let registry = MetricsRegistry()
        registry.counter("argus_twice").increment()
        registry.gauge("argus_twice").set(9)
        let (samples, types) = try parse(expose(registry))
        #expect(samples["argus_twice"] == 1)
        #expect(types["argus_twice"] == "counter")
    }

    @Test func concurrentUpdatesAreAllCounted() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("argus_c_total")
        let histogram = registry.histogram("argus_h_seconds")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        histogram.record(seconds: 0.5)
                    }
                }
            }
        }
        #expect(counter.value == 80_000)
        #expect(histogram.count == 80_000)
        #expect(histogram.sum == 40_000)
    }

    @Test func swiftMetricsObjectsEndUpInTheRegistry() throws {
        let registry = MetricsRegistry()
        Counter(label: "jobs", dimensions: [("kind", "a")], factory: registry).increment(by: 2)
        FloatingPointCounter(label: "argus_seconds", factory: registry).increment(by: 0.5)
        Gauge(label: "depth", factory: registry).record(4)
        Meter(label: "level", factory: registry).set(1.5)
        Recorder(label: "sizes", factory: registry).record(30)
        Metrics.Timer(label: "job.duration", factory: registry).recordMilliseconds(20)
        let (samples, types) = try parse(expose(registry))
        #expect(samples["argus_jobs_total{kind=\"a\"}"] == 2)
        #expect(samples["argus_seconds_total"] == 0.5)
        #expect(samples["argus_depth"] == 4)
        #expect(samples["argus_level"] == 1.5)
        #expect(samples["argus_sizes_bucket{le=\"50\"}"] == 1)
        #expect(samples["argus_job_duration_seconds_bucket{le=\"0.025\"}"] == 1)
        #expect(samples["argus_job_duration_seconds_bucket{le=\"0.01\"}"] == 0)
        #expect(types["argus_seconds_total"] == "counter")
    }

    @Test func theProcessIsDescribed() throws {
        let registry = MetricsRegistry()
        registry.registerProcess(service: "test", version: "1.2.3")
        let (samples, _) = try parse(expose(registry))
        #expect(samples["argus_build_info{service=\"test\",version=\"1.2.3\"}"] == 1)
        #expect((samples["process_resident_memory_bytes"] ?? 0) > 1_000_000)
        #expect((samples["process_cpu_seconds_total"] ?? -1) >= 0)
        #expect((samples["process_open_fds"] ?? 0) >= 3)
        #expect(abs((samples["process_start_time_seconds"] ?? 0) - Date().timeIntervalSince1970) < 3600)
    }
}

// Instances tell of themselves on the bus, and a collector tells of them.

import ArgusBus
import ArgusShared
import Foundation
import Logging
import NIOHTTP1
import TestSupport
import Testing

@testable import ArgusService
@testable import OTLPCollector

@Suite struct FleetTests {
    /// How instances report in a test.
    struct Pace: Sendable, Codable {
        var seconds = 0.2
        var lifetime = 2.0
        /// As `runService` does it.
        static let usual = Pace(seconds: 5, lifetime: 30)
    }

    /// A collector of this process that reports.
    static func withReporter<Value: Sendable>(
        _ environment: [String: String], _ pace: Pace = Pace(), _ body: @escaping @Sendable (CollectorBed.Instance) async throws -> Value
    ) async throws -> Value {
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.otlpCollector, environment: environment, defaults: CollectorSettings.defaults, logLevel: .critical)
        let collector = try await OTLPCollectorApplication.build(bootstrap)
        let bus = try #require(collector.application.services.lazy.compactMap { $0 as? BusLifetime }.first?.bus)
        var reporter = StatusReporter(bootstrap: bootstrap, bus: bus)
        reporter.interval = .seconds(pace.seconds)
        reporter.bucket.timeToLive = .seconds(pace.lifetime)
        return try await collector.application.adding(reporter).withRunning(logger: CollectorBed.quiet) {
            let instance = CollectorBed.Instance(
                port: try await collector.server.port(), otlp: try await collector.receivers.http.port(),
                grpc: try await collector.receivers.grpc.port(), metrics: bootstrap.metrics)
            return try await body(instance)
        }
    }

    /// The instances that a collector tells of.
    static func instances(_ collector: CollectorBed.Instance) async throws -> [String] {
        let answer = try await collector.get("/api/services")
        guard answer.status == 200 else { throw TestSupportError("\(answer.status): \(answer.text)") }
        return try answer.json["services"]?.arrayValue?.compactMap { $0["instance"]?.stringValue } ?? []
    }

    @Test func anInstanceThatIsKilledDisappears() async throws {
        let bed = try await CollectorBed()
        try await Self.withReporter(bed.environment()) { first in
            let own = InstanceName.ofThisProcess
            try await eventually("the first is told of", within: .seconds(20)) { try await Self.instances(first) == [own] }
            var environment = bed.environment()
            environment["DB_DSN"] = bed.folder + "/second.db"
            environment["DLQ_DIR"] = bed.folder + "/second"
            let said = bed.folder + "/said"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [environment = environment as [String: String], said = said as String] in
                try await Self.withReporter(environment) { second in
                    try await eventually("both are told of", within: .seconds(30)) { try await Self.instances(second).count == 2 }
                    try Data(InstanceName.ofThisProcess.utf8).write(to: URL(fileURLWithPath: said))
                    kill(getpid(), SIGKILL)
                }
            }
            let other = try String(contentsOfFile: said, encoding: .utf8)
            #expect(other != own)
            try await eventually("the second is gone", within: .seconds(20)) { try await Self.instances(first) == [own] }
        }
    }

    @Test func anInstanceSaysHowItIsAndLeavesWhenItStops() async throws {
        let bed = try await CollectorBed()
        let bus = try await Bus.connect(BusConfiguration(servers: [bed.nats.url], name: "test"), logger: CollectorBed.quiet)
        let start = Timestamp.now()
        try await Self.withReporter(bed.environment(), .usual) { collector in
            try await eventually("it is told of", within: .seconds(20)) { try await Self.instances(collector).count == 1 }
            let service = try #require(try await collector.get("/api/services").json["services"]?[0])
            #expect(service["service"]?.stringValue == "otlp-collector" && service["version"]?.stringValue == SuiteVersion.current)
            #expect(service["ready"]?.boolValue == true && service["checks"]?["database"]?["ok"]?.boolValue == true)
            #expect(try #require(service["age_ms"]?.integerValue) < 20_000)
            #expect(try #require(service["started_at"]?.stringValue.flatMap(Timestamp.init(rfc3339:))) >= start)
            let metrics = try #require(service["metrics"])
            for name in [
                "argus_stored_items_per_second", "argus_accepted_items_per_second", "argus_dlq_size", "argus_active_connections",
                #"argus_stored_items_total{signal="logs"}"#, #"argus_writer_pending_messages{signal="traces"}"#,
            ] {
                #expect(metrics[name] != nil, "\(name)")
            }
            let keys = try await bus.keyValue(Buckets.services).keys()
            #expect(keys == ["otlp-collector.\(InstanceName.ofThisProcess)"])
            #expect(try await collector.get("/api/services?page=1").status == 400)
        }
        #expect(try await bus.keyValue(Buckets.services).keys() == [])
        await bus.drain()
    }

    @Test func whileTheBusIsAwayNothingIsKnownAndAfterwardsAllIsToldAnew() async throws {
        let bed = try await CollectorBed()
        try await Self.withReporter(bed.environment()) { collector in
            try await eventually("it is told of", within: .seconds(20)) { try await Self.instances(collector).count == 1 }
            let bus = try await Bus.connect(BusConfiguration(servers: [bed.nats.url], name: "test"), logger: CollectorBed.quiet)
            for value in ["nonsense", "{\"service\":1}"] {
                try await bus.keyValue(Buckets.services).put("stranger.\(value.utf8.count)", Array(value.utf8))
            }
            await bus.drain()
            try await Task.sleep(for: .milliseconds(1_100))
            #expect(try await Self.instances(collector) == [InstanceName.ofThisProcess])

            bed.nats.kill()
            try await eventually("nothing is known", within: .seconds(20)) {
                let answer = try await collector.get("/api/services")
                return answer.status == 503 && answer.code == "bus_unavailable" && answer.headers["retry-after"] == ["1"]
            }
            try await bed.nats.restart()
            try await eventually("it is told of again", within: .seconds(30)) {
                (try? await Self.instances(collector)) == [InstanceName.ofThisProcess]
            }
        }
    }
}

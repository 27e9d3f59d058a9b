// Many clients, and slow ones: nobody else notices.

import ArgusOTLP
import ArgusService
import ArgusShared
import ArgusStorage
import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.serialized) struct LiveLoadTests {
    /// Stores logs as fast as told, without doors and bus, so that it is the writer's transactions that are timed.
    struct Load: Sendable {
        static let batch = 500

        /// Time spent in transactions, and how long it all took.
        struct Outcome: Sendable {
            var writing: Duration = .zero
            var elapsed: Duration = .zero
            var logs = 0
            var segments: [Int64] = []

            /// Logs with identifiers up to one.
            func count(through id: Int64) -> Int {
                let last = LogID(value: id)
                return segments.reduce(0) { sum, segment in
                    sum + (segment < last.segment ? Load.batch : segment == last.segment ? last.index + 1 : 0)
                }
            }
        }

        let store: TelemetryStore
        let hub: LiveHub

        func run(perSecond: Int, for time: Duration, firstSequence: UInt64) async throws -> Outcome {
            var outcome = Outcome()
            let start = ContinuousClock.now
            let pause = Duration.seconds(1) * Self.batch / perSecond
            var due = start
            while .now - start < time {
                let records = (0..<Self.batch).map { CollectorBed.log("number \(outcome.logs + $0)") }
                let message = TelemetryMessage(
                    signal: .logs, sequence: firstSequence + UInt64(outcome.logs), published: Int64(CollectorBed.now / 1_000_000),
                    payload: CollectorBed.logs(records))
                let batch = LogBatch.decode([message]).batch
                let began = ContinuousClock.now
                if let segment = try await store.write(logs: batch).segment { outcome.segments.append(segment) }
                outcome.writing += .now - began
                hub.logsWereStored()
                outcome.logs += Self.batch
                due += pause
                try await Task.sleep(until: due)
            }
            outcome.elapsed = .now - start
            return outcome
        }
    }

    /// A collector's live half alone.
    static func withLive(_ body: @escaping @Sendable (Load, Int, MetricsRegistry) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "argus-live-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let environment = ["HTTP_PORT": "0", "DB_DSN": folder + "/argus.db"]
        let bootstrap = ServiceBootstrap.testing(
            name: "test", environment: environment, defaults: CollectorSettings.defaults, logLevel: .critical)
        let settings = CollectorSettings(bootstrap.settings)
        let database = CollectorDatabase(
            .init(driver: .sqlite, dsn: settings.storage.dsn.value), migrations: TelemetrySchema.migrations, metrics: bootstrap.metrics,
            logger: CollectorBed.quiet)
        _ = try await database.open()
        let source = StoredLiveSource(database: database)
        let hub = LiveHub(source: source, logger: CollectorBed.quiet)
        let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
        let access = Access(policy: AuthPolicy(settings: settings.auth), limiter: RateLimiter(perSecond: 0))
        LiveRoutes(
            hub: hub, source: source, settings: settings.live, metrics: LiveMetrics(bootstrap.metrics), logger: CollectorBed.quiet
        ).add(to: router, access: access)
        let server = makeHTTPServer(
            router: router, settings: settings.http, metrics: bootstrap.metrics, logger: CollectorBed.quiet)
        let load = Load(store: TelemetryStore(database: database), hub: hub)
        let metrics = bootstrap.metrics
        try await ServiceApplication(storage: [database], workers: [hub], listeners: [server]).withRunning(logger: CollectorBed.quiet) {
            try await body(load, try await server.port(), metrics)
        }
    }

    /// What a build without optimisation manages beside its own clients is no measure.
    #if DEBUG
    static let rate = 1_000
    #else
    static let rate = 5_000
    #endif

    @Test func twentyClientsDoNotSlowTheWriter() async throws {
        try await Self.withLive { load, port, _ in
            let alone = try await load.run(perSecond: Self.rate, for: .seconds(3), firstSequence: 1)
            let readers = (0..<20).map { _ in LiveReader(port: port, readsEntries: false) }
            for reader in readers { try await reader.connected() }
            let watched = try await load.run(perSecond: Self.rate, for: .seconds(3), firstSequence: 1_000_000)
            let last = LogID(segment: try #require(watched.segments.last), index: Load.batch - 1)
            for reader in readers { try await reader.read(through: last.value) }
            await LiveReader.stop(readers)
            let rate = Double(watched.logs) / (watched.elapsed / .seconds(1))
            let before = Double(alone.logs) / (alone.elapsed / .seconds(1))
            #expect(rate > before * 0.8, "\(before) logs/s alone, \(rate) watched; writing took \(alone.writing) and \(watched.writing)")
        }
    }

    @Test func aSlowClientIsToldWhatItMissedAndNobodyElseWaits() async throws {
        try await Self.withLive { load, port, metrics in
            let slow = LiveReader(port: port, pause: 400_000, receiveBuffer: 4_096)
            let quick = LiveReader(port: port, readsEntries: false)
            try await slow.connected()
            try await quick.connected()
            let outcome = try await load.run(perSecond: Self.rate * 3, for: .seconds(3), firstSequence: 1)
            let last = LogID(segment: try #require(outcome.segments.last), index: Load.batch - 1)
            #expect(try await quick.read(through: last.value) == 0)
            var messages: [LiveClient.Message] = []
            while !messages.contains(where: { $0.missed > 0 }) { messages.append(try await slow.next()) }
            // What it gets is in order, and what it got and what it missed make up everything up to there.
            let ids = messages.flatMap(\.ids)
            #expect(ids == ids.sorted())
            let count = ids.count + messages.reduce(0) { $0 + Int($1.missed) }
            #expect(outcome.count(through: try #require(ids.last)) == count)
            #expect(metrics.counter(MetricNames.liveMissed).value > 0)
            await LiveReader.stop([slow, quick])
        }
    }
}

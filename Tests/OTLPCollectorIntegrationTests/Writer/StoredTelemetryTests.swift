// Spans and logs through both writers into the collector's own store, with a database that dies meanwhile.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import ArgusStorage
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.serialized) struct StoredTelemetryTests {
    /// What the store says it holds.
    private struct Totals: Equatable {
        var spans: Int64
        var distinctTraces: Int64
        var logs: Int64
        /// Counted from the rollups, which change with the items.
        var rolledUpSpans: Int64
        var rolledUpLogs: Int64
    }

    /// A sink whose database may be away.
    private struct Sink<Inner: TelemetrySink>: TelemetrySink {
        let inner: Inner
        let isAway: Bool

        var signal: OTLPSignal { inner.signal }

        func decode(_ messages: [TelemetryMessage]) -> DecodedMessages<Inner.Batch> { inner.decode(messages) }

        func write(_ batch: Inner.Batch) async throws -> WriteSummary {
            if isAway { throw StorageError(.unavailable, "the database is away") }
            return try await inner.write(batch)
        }
    }

    /// Both writers and the replay.
    private struct Rig: Sendable {
        let bus: Bus
        let database: any Database
        let outage: DatabaseOutage
        let directory: DeadLetterDirectory
        let services: ServiceApplication

        static func open(
            _ url: String, _ dsn: String, _ folder: String, patience: Duration, replayInterval: Duration = .milliseconds(200),
            isAway: Bool = false, step: @escaping @Sendable (DeadLetterFiles.Step) -> Void = { _ in }
        ) async throws -> Rig {
            var connection = BusConfiguration(servers: [url], name: "stored-telemetry-test")
            connection.connectTimeout = .seconds(10)
            let bus = try await Bus.connect(connection, logger: WriterRig.quiet)
            try await bus.ensure(Streams.deadLetters)
            try await TelemetrySetup.ensure(on: bus)
            let database = try await openDatabase(.init(driver: .postgres, dsn: dsn), logger: WriterRig.quiet)
            let store = TelemetryStore(database: database)
            try await store.migrate()
            let metrics = MetricsRegistry()
            let outage = DatabaseOutage(patience: patience, logger: WriterRig.quiet)
            let directory = DeadLetterDirectory(
                files: DeadLetterFiles(directory: folder + "/dlq", step: step), metrics: metrics, logger: WriterRig.quiet)
            let spans = BatchStore(
                sink: Sink(inner: SpanSink(store: store), isAway: isAway), metrics: WriterMetrics(metrics, signal: .traces)
            ) { _ in }
            let logs = BatchStore(sink: Sink(inner: LogSink(store: store), isAway: isAway), metrics: WriterMetrics(metrics, signal: .logs))
            { _ in }
            let replay = DeadLetterReplay(
                directory: directory, stores: [spans, logs], outage: outage, interval: replayInterval, metrics: metrics,
                logger: WriterRig.quiet)
            let limits = WriterLimits(items: 200, messages: 40, linger: .milliseconds(20))
            func short(_ definition: ConsumerDefinition) -> ConsumerDefinition {
                var definition = definition
                definition.acknowledgeWait = .seconds(3)
                return definition
            }
            let services = ServiceApplication(workers: [
                replay,
                TelemetryWriter(
                    bus: bus, consumer: short(Consumers.traceWriter), store: spans, outage: outage, deadLetters: directory,
                    limits: limits, logger: WriterRig.quiet),
                TelemetryWriter(
                    bus: bus, consumer: short(Consumers.logWriter), store: logs, outage: outage, deadLetters: directory, limits: limits,
                    logger: WriterRig.quiet),
            ])
            return Rig(bus: bus, database: database, outage: outage, directory: directory, services: services)
        }

        func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
            do {
                try await services.withRunning(logger: WriterRig.quiet, body)
            } catch {
                await close()
                throw error
            }
            await close()
        }

        func close() async {
            await bus.drain()
            await database.close()
        }

        /// One trace of `spans` spans and one message of as many log records.
        func publish(_ number: Int, items: Int) async throws {
            let start = UInt64(1_795_000_000_000_000_000) + UInt64(number) * 1_000_000
            let resource = OTLPResource(attributes: [Attribute("service.name", "service \(number % 3)")])
            let spans = (0..<items).map { index in
                OTLPSpan(
                    traceID: TraceID(high: 1, low: UInt64(number) + 1), spanID: SpanID(value: UInt64(number * items + index) + 1),
                    parentSpanID: index == 0 ? nil : SpanID(value: UInt64(number * items) + 1), name: "operation \(index)",
                    startTime: start,
                    endTime: start + 5_000_000)
            }
            let records = (0..<items).map { OTLPLogRecord(time: start, severityNumber: 9, body: .string("line \(number) \($0)")) }
            try await bus.publish(
                OTLPTraces.request([OTLPGroup(resource: resource, scopes: [.init(scope: .init(), items: spans)])]),
                to: Subjects.otlpTraces)
            try await bus.publish(
                OTLPLogs.request([OTLPGroup(resource: resource, scopes: [.init(scope: .init(), items: records)])]), to: Subjects.otlpLogs)
        }

        func totals() async throws -> Totals {
            try await database.read { connection in
                func number(_ sql: String) throws -> Int64 {
                    try connection.first("SELECT CAST(COALESCE(\(sql), 0) AS BIGINT)") { try $0.integer(0) } ?? 0
                }
                return Totals(
                    spans: try number("(SELECT SUM(items) FROM segments WHERE signal = 0)"),
                    distinctTraces: try number("(SELECT COUNT(*) FROM traces WHERE spans > 0)"),
                    logs: try number("(SELECT SUM(items) FROM segments WHERE signal = 1)"),
                    rolledUpSpans: try number("(SELECT SUM(spans) FROM span_rollups)"),
                    rolledUpLogs: try number("(SELECT SUM(logs) FROM log_rollups)"))
            }
        }

        func settled(messages: Int, items: Int) async throws {
            let count = Int64(messages * items)
            let wanted = Totals(
                spans: count, distinctTraces: Int64(messages), logs: count, rolledUpSpans: count, rolledUpLogs: count)
            try await eventually("everything is stored: \(wanted)", within: .seconds(60)) {
                let waiting = try await bus.streamInfo(Streams.telemetry().name).messages
                guard waiting == 0, try await directory.pendingIDs().isEmpty else { return false }
                let totals = try await totals()
                return totals.spans >= count && totals.logs >= count
            }
            #expect(try await totals() == wanted)
            #expect(try await directory.page(after: nil, limit: 10).total == 0)
        }
    }

    @Test func aDatabaseThatDiesUnderLoadLosesAndDoublesNothing() async throws {
        try await withDeadline(.seconds(180)) {
            let server = try await NATSServer.start()
            let postgres = try await PostgresServer()
            let folder = try WriterFolder()
            let rig = try await Rig.open(
                server.url, try await postgres.createDatabase(), folder.path, patience: .milliseconds(500), replayInterval: .seconds(300))
            try await rig.run {
                let isLoading = Atomic<Bool>(true)
                let loading = Task {
                    var number = 0
                    while isLoading.load(ordering: .relaxed) {
                        try await rig.publish(number, items: 10)
                        number += 1
                        try await Task.sleep(for: .milliseconds(3))
                    }
                    return number
                }
                for signal in [SIGKILL, SIGINT] {
                    let before = try await rig.totals()
                    try await eventually("both signals are stored") {
                        let now = try await rig.totals()
                        return now.spans > before.spans + 100 && now.logs > before.logs + 100
                    }
                    try await postgres.stop(signal: signal)
                    try await eventually("batches go to files", within: .seconds(40)) { rig.directory.pendingFiles >= 4 }
                    try await postgres.start()
                    try await eventually("the database is back", within: .seconds(40)) { !rig.outage.isAway }
                }
                isLoading.store(false, ordering: .relaxed)
                try await rig.settled(messages: try await loading.value, items: 10)
            }
        }
    }

    @Test func whatIsInFilesAndComesAgainFromTheBusIsStoredOnce() async throws {
        try await withDeadline(.seconds(180)) {
            let server = try await NATSServer.start()
            let postgres = try await PostgresServer()
            let folder = try WriterFolder()
            let dsn = try await postgres.createDatabase()
            // Files are written and synced, and the instance dies before it acknowledges, for each signal.
            try await Self.publish(server.url, dsn, folder.path)
            let plan = WriterRig.Plan(natsURL: server.url, postgres: dsn, folder: folder.path)
            await #expect(processExitsWith: .signal(SIGKILL)) { [plan = plan as WriterRig.Plan] in
                try await Self.die(plan)
            }
            let rig = try await Rig.open(server.url, dsn, folder.path, patience: .seconds(30))
            #expect(try await rig.directory.pendingIDs().count >= 2)
            #expect(try await rig.bus.streamInfo(Streams.telemetry().name).messages > 0)
            try await rig.run { try await rig.settled(messages: 100, items: 10) }
        }
    }

    private static func publish(_ url: String, _ dsn: String, _ folder: String) async throws {
        let rig = try await Rig.open(url, dsn, folder, patience: .zero)
        for number in 0..<100 { try await rig.publish(number, items: 10) }
        await rig.close()
    }

    /// Writes files, and dies when the fourth is complete.
    private static func die(_ plan: WriterRig.Plan) async throws {
        let files = Atomic<Int>(0)
        let rig = try await Rig.open(
            plan.natsURL, plan.postgres ?? "", plan.folder, patience: .zero, replayInterval: .seconds(300), isAway: true
        ) { step in
            guard step == .directorySynced else { return }
            if files.wrappingAdd(1, ordering: .relaxed).newValue == 4 { kill(getpid(), SIGKILL) }
        }
        try await rig.run { try await Task.sleep(for: .seconds(20)) }
    }
}

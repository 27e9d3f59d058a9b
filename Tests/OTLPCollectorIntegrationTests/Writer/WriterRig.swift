// A writer with all that belongs to it, against real servers.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusStorage
import Foundation
import Logging
import Synchronization
import TestSupport

@testable import OTLPCollector

/// One instance of the collector's writing half, for one signal.
struct WriterRig: Sendable {
    /// What an instance is made of. Codable, so that it can be handed to a child process.
    struct Plan: Sendable, Codable {
        var natsURL: String
        var postgres: String?
        var folder: String
        var patience = Duration.milliseconds(200)
        var replayInterval = Duration.milliseconds(200)
        /// Short, so that what a dead instance had taken comes again soon.
        var acknowledgeWait = Duration.seconds(3)
        var deadLetterDirectory: String?

        var deadLetters: String { deadLetterDirectory ?? folder + "/dlq" }
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let plan: Plan
    let bus: Bus
    let database: any Database
    let outage: DatabaseOutage
    let directory: DeadLetterDirectory
    let replay: DeadLetterReplay
    let writer: TelemetryWriter<LedgerSink>
    let metrics: MetricsRegistry
    let commits: Commits

    /// Counts what `onCommit` was told.
    final class Commits: Sendable {
        private let count = Mutex(0)
        var items: Int { count.withLock { $0 } }
        func add(_ summary: WriteSummary) { count.withLock { $0 += summary.stored } }
    }

    static func open(
        _ plan: Plan, hooks: LedgerSink.Hooks = .init(), step: @escaping @Sendable (DeadLetterFiles.Step) -> Void = { _ in },
        logger: Logger = quiet
    ) async throws -> WriterRig {
        var connection = BusConfiguration(servers: [plan.natsURL], name: "writer-test")
        connection.connectTimeout = .seconds(10)
        let bus = try await Bus.connect(connection, logger: logger)
        try await bus.ensure(Streams.deadLetters)
        try await TelemetrySetup.ensure(on: bus)
        let database = try await Self.database(plan)
        let metrics = MetricsRegistry()
        let outage = DatabaseOutage(patience: plan.patience, logger: logger)
        let directory = DeadLetterDirectory(
            files: DeadLetterFiles(directory: plan.deadLetters, step: step), metrics: metrics, logger: logger)
        let commits = Commits()
        let store = BatchStore(
            sink: LedgerSink(signal: .traces, database: database, hooks: hooks), metrics: WriterMetrics(metrics, signal: .traces)
        ) { commits.add($0) }
        let replay = DeadLetterReplay(
            directory: directory, stores: [store], outage: outage, interval: plan.replayInterval, metrics: metrics, logger: logger)
        var consumer = Consumers.traceWriter
        consumer.acknowledgeWait = plan.acknowledgeWait
        let writer = TelemetryWriter(
            bus: bus, consumer: consumer, store: store, outage: outage, deadLetters: directory,
            limits: WriterLimits(items: 50, messages: 50, linger: .milliseconds(20)), logger: logger)
        return WriterRig(
            plan: plan, bus: bus, database: database, outage: outage, directory: directory, replay: replay, writer: writer,
            metrics: metrics, commits: commits)
    }

    static func database(_ plan: Plan) async throws -> any Database {
        let configuration =
            if let dsn = plan.postgres { StorageConfiguration(driver: .postgres, dsn: dsn) } else {
                StorageConfiguration(driver: .sqlite, dsn: plan.folder + "/ledger.db")
            }
        let database = try await openDatabase(configuration, logger: quiet)
        try await database.migrate(LedgerSink.migrations)
        return database
    }

    /// Runs the writer and the replay while a body runs, and then closes everything.
    func run<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        do {
            let result = try await ServiceApplication(workers: [replay, writer]).withRunning(logger: Self.quiet, body)
            await close()
            return result
        } catch {
            await close()
            throw error
        }
    }

    func close() async {
        await bus.drain()
        await database.close()
    }

    /// Publishes one message of items.
    @discardableResult
    func publish(_ items: [String], headers: MessageHeaders = [:]) async throws -> UInt64 {
        try await bus.publish(Array(items.joined(separator: "\n").utf8), to: Subjects.otlpTraces, headers: headers).sequence
    }

    var items: [String] {
        get async throws { try await LedgerSink.items(of: database) }
    }

    /// Messages on the bus that nobody acknowledged.
    var waiting: UInt64 {
        get async throws { try await bus.streamInfo(Streams.telemetry().name).messages }
    }

    /// The names of all files and leftovers in the dead-letter directory.
    var files: [String] {
        Self.names(plan.deadLetters).filter { $0 != "aside" }
    }

    var asideFiles: [String] {
        Self.names(plan.deadLetters + "/aside")
    }

    static func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    /// Waits until every item is stored and nothing waits anywhere, and checks that nothing is there twice.
    func settled(_ expected: [String], within limit: Duration = .seconds(30)) async throws {
        let wanted = expected.sorted()
        do {
            try await eventually("everything is stored", within: limit) {
                guard try await waiting == 0, files.isEmpty else { return false }
                return try await items.count >= wanted.count
            }
        } catch {
            let found = try await items
            throw TestSupportError("\(error): \(found.count) of \(wanted.count), \(try await waiting) on the bus, files \(files)")
        }
        let found = try await items
        guard found == wanted else {
            throw TestSupportError("stored \(found.count) items, \(Set(found).count) different, wanted \(wanted.count)")
        }
    }
}

/// A folder that is removed with the test.
final class WriterFolder: Sendable {
    let path = NSTemporaryDirectory() + "argus-writer-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}

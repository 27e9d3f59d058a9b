// One suite for SQLite and PostgreSQL: how tests get at a store.

import ArgusOTLP
import ArgusStorage
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import OTLPCollector

/// What the storage must do alike in every database. Nested suites hold the tests.
@Suite(.telemetryPostgres) enum TelemetryStoreBattery {
    @TaskLocal static var server: PostgresServer?

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A store over an empty database, and the clock that it goes by.
    struct Bed: Sendable {
        let configuration: StorageConfiguration
        let database: any Database
        let clock: Clock
        let store: TelemetryStore

        /// Another instance over the same database.
        func anotherStore(_ options: TelemetryStoreOptions = TelemetryStoreOptions()) -> TelemetryStore {
            TelemetryStore(database: database, options: options) { [clock] in clock.milliseconds }
        }
    }

    /// A clock that tests set.
    final class Clock: Sendable {
        private let time: Mutex<Int64>

        init(_ milliseconds: Int64) { time = Mutex(milliseconds) }

        var milliseconds: Int64 { time.withLock { $0 } }

        func advance(by duration: Duration) {
            time.withLock { $0 += duration.components.seconds * 1000 }
        }
    }

    /// Opens an empty database and removes it afterwards.
    static func withStore(
        _ driver: StorageConfiguration.Driver, _ options: TelemetryStoreOptions = TelemetryStoreOptions(),
        _ body: (Bed) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "argus-telemetry-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let dsn =
            switch driver {
            case .sqlite: folder + "/argus.db"
            case .postgres: try await #require(server).createDatabase()
            }
        let configuration = StorageConfiguration(driver: driver, dsn: dsn)
        let database = try await openDatabase(configuration, logger: quiet)
        let clock = Clock(1_790_000_000_000)
        let store = TelemetryStore(database: database, options: options) { clock.milliseconds }
        do {
            try await store.migrate()
            try await body(Bed(configuration: configuration, database: database, clock: clock, store: store))
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    /// A batch of one message for each list of spans.
    static func batch(_ messages: [[StoredSpan]], sequence: UInt64 = 1) -> SpanBatch {
        let encoded = messages.enumerated().map { index, spans in
            TelemetryMessage(
                signal: .traces, sequence: sequence + UInt64(index), published: 1, payload: OTLPTraces.request(spans.map(\.group)))
        }
        return SpanBatch.decode(encoded).batch
    }

    /// A batch of log messages.
    static func batch(_ messages: [StoredMessage]) -> LogBatch {
        LogBatch.decode(messages.map(\.encoded)).batch
    }
}

/// A span as the tests know it.
struct StoredSpan: Hashable, Sendable {
    var traceID: TraceID
    var spanID: SpanID
    var parent: SpanID?
    var service: String
    var operation: String
    var start: Int64
    var end: Int64
    var isError = false

    var group: OTLPGroup<OTLPSpan> {
        var span = OTLPSpan(
            traceID: traceID, spanID: spanID, parentSpanID: parent, name: operation, startTime: UInt64(start), endTime: UInt64(end))
        span.attributes = [Attribute("id", "u\(spanID.hex)")]
        span.statusCode = isError ? 2 : 0
        return OTLPGroup(
            resource: OTLPResource(attributes: [Attribute("service.name", service)]), scopes: [.init(scope: .init(), items: [span])])
    }
}

/// A message of logs as the tests know it.
struct StoredMessage: Hashable, Sendable {
    struct Record: Hashable, Sendable {
        var time: Int64
        var severity: Int32
        var service: String
        var text: String
    }

    var sequence: UInt64
    var published: Int64 = 5
    var records: [Record]

    var encoded: TelemetryMessage {
        let groups = records.map { record in
            OTLPGroup(
                resource: OTLPResource(attributes: [Attribute("service.name", record.service)]),
                scopes: [
                    .init(
                        scope: .init(),
                        items: [OTLPLogRecord(time: UInt64(record.time), severityNumber: record.severity, body: .string(record.text))])
                ])
        }
        return TelemetryMessage(signal: .logs, sequence: sequence, published: published, payload: OTLPLogs.request(groups))
    }
}

/// Runs one PostgreSQL server for the suite and what is in it.
struct TelemetryPostgresTrait: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        let server = try await PostgresServer()
        try await TelemetryStoreBattery.$server.withValue(server) { try await function() }
        try await server.stop()
    }
}

extension Trait where Self == TelemetryPostgresTrait { static var telemetryPostgres: Self { Self() } }

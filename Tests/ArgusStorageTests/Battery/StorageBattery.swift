// One suite for every driver, against a real SQLite file and a real PostgreSQL server.

import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ArgusStorage

/// What every driver must do alike. Nested suites hold the tests.
@Suite(.postgresServer) enum StorageBattery {
    @TaskLocal static var server: PostgresServer?

    /// Opens an empty database and removes it afterwards.
    static func withDatabase(
        _ driver: StorageConfiguration.Driver, _ adjust: (inout StorageConfiguration) -> Void = { _ in },
        _ body: (any Database, StorageConfiguration) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "argus-storage-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let dsn =
            switch driver {
            case .sqlite: folder + "/deeper/argus.db"
            case .postgres: try await #require(server).createDatabase()
            }
        var configuration = StorageConfiguration(driver: driver, dsn: dsn)
        adjust(&configuration)
        let database = try await open(configuration)
        do { try await body(database, configuration) } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    static func open(_ configuration: StorageConfiguration) async throws -> any Database {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await openDatabase(configuration, logger: logger)
    }

    /// The error of a call that must fail.
    static func failure(at location: SourceLocation = #_sourceLocation, _ call: () async throws -> Void) async throws -> StorageError {
        do { try await call() } catch { return try #require(error as? StorageError, "\(error)", sourceLocation: location) }
        throw try #require(nil as TestSupportError?, "the call was expected to fail", sourceLocation: location)
    }
}

/// Runs one PostgreSQL server for a suite and what is in it.
struct PostgresServerTrait: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        let server = try await PostgresServer()
        try await StorageBattery.$server.withValue(server) { try await function() }
        try await server.stop()
    }
}

extension Trait where Self == PostgresServerTrait { static var postgresServer: Self { Self() } }

/// Lets a body on a connection's thread and a test wait for each other.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    /// Blocks the calling thread; for bodies only.
    func pass() { _ = semaphore.wait(timeout: .now() + 20) }
}

/// A value that bodies and a test share; a `Mutex` cannot be captured by a task while it is a local variable.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func update(_ change: @Sendable (inout Value) -> Void) { mutex.withLock { change(&$0) } }
}

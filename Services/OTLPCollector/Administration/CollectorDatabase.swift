// The database of a collector that takes telemetry in even while there is none.

import ArgusService
import ArgusStorage
import Logging
import ServiceLifecycle
import Synchronization

/// A database that is opened in the background, and whose calls are timed.
///
/// Until it is open, every call throws ``StorageError/Code/unavailable``: writers then go on as in any outage, and queries answer 503.
final class CollectorDatabase: Database, Service, CustomStringConvertible {
    private enum State {
        case opening(lastError: String)
        case open(any Database)
        case closed
    }

    /// What logs call it.
    var description: String { "database" }

    let dialect: Dialect
    /// How long calls took of late.
    let latency = RecentLatency()
    private let configuration: StorageConfiguration
    private let migrations: [Migration]
    private let reads: MetricHistogram
    private let writes: MetricHistogram
    private let errors: MetricCounter
    private let logger: Logger
    private let state = Mutex(State.opening(lastError: "it was not tried yet"))

    /// - Parameter migrations: What brings the schema up to date.
    init(_ configuration: StorageConfiguration, migrations: [Migration], metrics: MetricsRegistry, logger: Logger) {
        self.configuration = configuration
        self.migrations = migrations
        self.logger = logger
        dialect = configuration.driver == .postgres ? .postgres : .sqlite
        func histogram(_ operation: String) -> MetricHistogram {
            metrics.histogram(
                MetricNames.databaseLatency, help: "Time of a transaction, with the wait for a connection.",
                labels: [("operation", operation)])
        }
        reads = histogram("read")
        writes = histogram("write")
        errors = metrics.counter(MetricNames.databaseErrors, help: "Calls to the database that failed.")
    }

    /// Whether the database has been opened.
    var isOpen: Bool {
        if case .open = state.withLock({ $0 }) { true } else { false }
    }

    /// Tries to open the database once.
    ///
    /// - Returns: false where the database does not answer and may later.
    /// - Throws: `StorageError` for what waiting does not help against, such as a file in a folder that does not exist.
    func open() async throws -> Bool {
        do {
            let database = try await openDatabase(configuration, logger: logger)
            do {
                try await database.migrate(migrations)
            } catch {
                await database.close()
                throw error
            }
            let isWanted = state.withLock { state in
                guard case .opening = state else { return false }
                state = .open(database)
                return true
            }
            if !isWanted { await database.close() }
            return true
        } catch let error as StorageError where error.isRetriable {
            state.withLock { state in
                if case .opening = state { state = .opening(lastError: "\(error)") }
            }
            return false
        }
    }

    /// Opens the database if it is not open yet, and closes it at shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(first: .milliseconds(200), longest: .seconds(5))
            while !self.isOpen, !Task.isCancelled {
                do {
                    if try await self.open() {
                        self.logger.notice("the database is open")
                        break
                    }
                } catch {
                    self.logger.error("the database cannot be opened, trying again", metadata: [LogKey.error: "\(error)"])
                }
                try? await Task.sleep(for: backoff.next())
            }
        }
        try? await gracefulShutdown()
        await close()
    }

    // MARK: Database

    var statistics: StorageStatistics {
        (try? current())?.statistics ?? StorageStatistics()
    }

    func read<T: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> T) async throws -> T {
        try await timed(reads) { try await $0.read(body) }
    }

    @discardableResult
    func write<T: Sendable>(_ body: @Sendable @escaping (any SQLConnection) throws -> T) async throws -> T {
        try await timed(writes) { try await $0.write(body) }
    }

    func migrate(_ migrations: [Migration]) async throws {
        try await current().migrate(migrations)
    }

    func ping() async throws {
        try await current().ping()
    }

    func size() async throws -> Int64 {
        try await current().size()
    }

    func vacuum() async throws {
        try await current().vacuum()
    }

    func close() async {
        let open = state.withLock { state -> (any Database)? in
            defer { state = .closed }
            if case .open(let database) = state { return database }
            return nil
        }
        await open?.close()
    }

    private func current() throws(StorageError) -> any Database {
        switch state.withLock({ $0 }) {
        case .open(let database): return database
        case .opening(let lastError): throw StorageError(.unavailable, "the database is not open yet: \(lastError)")
        case .closed: throw StorageError(.closed, "the database is closed")
        }
    }

    private func timed<T: Sendable>(_ histogram: MetricHistogram, _ body: (any Database) async throws -> T) async throws -> T {
        let database = try current()
        let start = ContinuousClock.now
        do {
            let result = try await body(database)
            let duration = ContinuousClock.now - start
            histogram.record(duration)
            latency.record(duration)
            return result
        } catch {
            if error is StorageError { errors.increment() }
            throw error
        }
    }
}

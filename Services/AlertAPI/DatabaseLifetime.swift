// Opens the database, waits for one that is not there yet, and closes it last.

import ArgusService
import ArgusStorage
import Logging
import ServiceLifecycle

/// The database as a part of the service.
struct DatabaseLifetime: Service, CustomStringConvertible {
    private static let patience: Duration = .seconds(60)

    let database: any Database

    /// What logs call it.
    var description: String { "database" }

    /// Waits for shutdown and then closes the database.
    func run() async throws {
        try? await gracefulShutdown()
        await database.close()
    }

    /// Opens the database and brings its schema up to date; waits a minute for a server that does not answer.
    ///
    /// - Throws: `StorageError`.
    static func open(_ settings: StorageSettings, logger: Logger) async throws -> any Database {
        var configuration = StorageConfiguration(
            driver: settings.driver == .postgres ? .postgres : .sqlite, dsn: settings.dsn.value)
        configuration.applicationName = ServiceName.alertAPI
        configuration.maximumOpen = 16
        configuration.statementTimeout = .seconds(30)
        let deadline = ContinuousClock.now + patience
        var backoff = Backoff(first: .milliseconds(200), longest: .seconds(5))
        while true {
            do {
                return try await openOnce(configuration, logger: logger)
            } catch let error as StorageError where error.isRetriable && .now < deadline {
                logger.warning("the database does not answer yet", metadata: [LogKey.error: "\(error)"])
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    private static func openOnce(_ configuration: StorageConfiguration, logger: Logger) async throws -> any Database {
        let database = try await openDatabase(configuration, logger: logger)
        do {
            try await database.migrate(AlertSchema.migrations)
            return database
        } catch {
            await database.close()
            throw error
        }
    }
}

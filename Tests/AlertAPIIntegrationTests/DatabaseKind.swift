// The databases that tests run on.

import TestSupport

/// SQLite in a file of the fixture's, or a database on a PostgreSQL server that all tests of the process share.
enum DatabaseKind: String, CaseIterable, Sendable {
    case sqlite, postgres

    private static let server = Task { try await PostgresServer() }

    /// The variables that choose a new, empty database.
    func environment() async throws -> [String: String] {
        switch self {
        case .sqlite: [:]
        case .postgres: ["DB_DRIVER": "postgres", "DB_DSN": try await Self.server.value.createDatabase()]
        }
    }
}

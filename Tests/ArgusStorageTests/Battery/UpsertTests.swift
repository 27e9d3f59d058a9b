// Inserts that meet rows that are there already.

import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct Upserts {
        private static let guarded = ConflictClause.update(
            on: ["manager", "key"], set: ["version", "status"], expressions: ["details = COALESCE(excluded.details, alerts.details)"],
            where: "excluded.version > alerts.version")
        private static let columns = ["manager", "key", "version", "status", "details"]

        private func prepare(_ database: any Database) async throws {
            try await database.write { connection in
                let dialect = connection.dialect
                try connection.execute(
                    """
                    CREATE TABLE alerts (manager \(dialect.text) NOT NULL, key \(dialect.text) NOT NULL, version \(dialect.bigint) NOT NULL,
                    status \(dialect.text) NOT NULL, details \(dialect.json), PRIMARY KEY (manager, key))
                    """)
            }
        }

        private func insert(_ database: any Database, _ rows: [[SQLValue]], _ conflict: ConflictClause) async throws -> Int {
            try await database.write { try $0.insert(into: "alerts", columns: Self.columns, rows: rows, conflict: conflict) }
        }

        private func all(_ database: any Database) async throws -> [[SQLValue]] {
            try await database.read { connection in
                try connection.query("SELECT key, version, status, details FROM alerts ORDER BY key") { row in
                    try (0..<4).map { try row.value($0) }
                }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func anOlderVersionNeverWins(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                #expect(try await insert(database, [["m", "a", 2, "active", "{}"], ["m", "b", 1, "active", "{}"]], Self.guarded) == 2)
                let again: [[SQLValue]] = [["m", "a", 1, "old", nil], ["m", "a", 2, "same", nil], ["m", "b", 3, "resolved", nil]]
                #expect(try await insert(database, again, Self.guarded) == 1)
                #expect(try await all(database) == [["a", 2, "active", "{}"], ["b", 3, "resolved", "{}"]])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aKeyMayRepeatWithinOneCall(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let rows: [[SQLValue]] = [
                    ["m", "a", 1, "first", "{}"], ["m", "a", 3, "third", nil], ["m", "b", 1, "only", nil], ["m", "a", 2, "second", "[]"],
                ]
                #expect(try await insert(database, rows, Self.guarded) == 3)
                #expect(try await all(database) == [["a", 3, "third", "{}"], ["b", 1, "only", nil]])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func ignoringKeepsWhatIsThere(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let rows: [[SQLValue]] = [["m", "a", 1, "first", nil], ["m", "a", 2, "second", nil], ["m", "b", 1, "only", nil]]
                #expect(try await insert(database, rows, .ignore(on: ["manager", "key"])) == 2)
                #expect(try await insert(database, rows, .ignore()) == 0)
                #expect(try await all(database).map { $0[2] } == ["first", "only"])
                let error = try await failure { _ = try await insert(database, rows, .none) }
                #expect(error.code == .constraint)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func tensOfThousandsOfRows(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let rows: [[SQLValue]] = (0..<21_000).map { ["m", .text("k\($0)"), .integer(Int64($0)), "active", nil] }
                #expect(try await insert(database, rows, Self.guarded) == rows.count)
                #expect(try await insert(database, rows, Self.guarded) == 0)
                let sum = try await database.read { try $0.first("SELECT SUM(version) FROM alerts") { try $0.integer(0) } }
                #expect(sum == 220_489_500)
            }
        }
    }
}

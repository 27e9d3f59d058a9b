// Schemas move forward, once, whoever starts first.

import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct Migrations {
        private static func steps(_ count: Int, module: String = "alerts") -> [Migration] {
            (1...count).map { id in
                Migration(module: module, id: id, name: "step \(id)") { dialect in
                    """
                    CREATE TABLE \(module)_\(id) (id \(dialect.identity), value \(dialect.text));
                    INSERT INTO \(module)_\(id) (value) VALUES ('once')
                    """
                }
            }
        }

        private func applied(_ database: any Database) async throws -> [String] {
            try await database.read { connection in
                try connection.query("SELECT module, id, applied_at FROM argus_migrations ORDER BY module, id") { row in
                    #expect(try row.text(2).count >= 19)
                    return "\(try row.text(0)) \(try row.integer(1))"
                }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func severalProgramsStartAtOnce(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, configuration in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let other = try await open(configuration)
                            try await other.migrate(Self.steps(3))
                            await other.close()
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await applied(database) == ["alerts 1", "alerts 2", "alerts 3"])
                for id in 1...3 {
                    #expect(try await database.read { try $0.first("SELECT COUNT(*) FROM alerts_\(id)") { try $0.integer(0) } } == 1)
                }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func modulesShareADatabase(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.migrate(Self.steps(2))
                try await database.migrate(Self.steps(1, module: "telemetry"))
                try await database.migrate(Self.steps(3))
                #expect(try await applied(database) == ["alerts 1", "alerts 2", "alerts 3", "telemetry 1"])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aNewerDatabaseIsRefused(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.migrate(Self.steps(3))
                let error = try await failure { try await database.migrate(Self.steps(2)) }
                #expect(error.code == .incompatible)
                #expect(!error.isRetriable)
                #expect(error.message.contains("newer than this program: alerts is at migration 3, this program knows 2"))
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aStepThatChangedIsRefused(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.migrate(Self.steps(1))
                let renamed = [Migration(module: "alerts", id: 1, name: "another") { _ in "" }]
                #expect(try await failure { try await database.migrate(renamed) }.code == .incompatible)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aStepThatFailsLeavesNothing(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.migrate(Self.steps(1))
                let broken = Self.steps(2) + [Migration(module: "alerts", id: 3, name: "broken") { _ in "CREATE TABLE x (" }]
                #expect(try await failure { try await database.migrate(broken) }.code == .syntax)
                #expect(try await applied(database) == ["alerts 1"])
                try await database.migrate(Self.steps(2))
                #expect(try await applied(database) == ["alerts 1", "alerts 2"])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aStepMayHaveAScriptForEachDriver(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                let scripts: [StorageConfiguration.Driver: String] = [
                    .sqlite: "CREATE TABLE which AS SELECT 'sqlite' AS driver",
                    .postgres: "CREATE TABLE which AS SELECT 'postgres' AS driver",
                ]
                try await database.migrate([Migration(module: "m", id: 1, name: "which", scripts: scripts)])
                #expect(try await database.read { try $0.first("SELECT driver FROM which") { try $0.text(0) } } == driver.rawValue)
            }
        }
    }
}

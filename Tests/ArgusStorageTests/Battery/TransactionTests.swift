// Transactions: all or nothing, snapshots, constraints.

import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct Transactions {
        private struct Refused: Error {}

        private func prepare(_ database: any Database) async throws {
            try await database.write { connection in
                let dialect = connection.dialect
                try connection.executeScript(
                    """
                    CREATE TABLE p (id \(dialect.bigint) PRIMARY KEY, name \(dialect.text) NOT NULL, UNIQUE (name), CHECK (id <> 13));
                    CREATE TABLE c (id \(dialect.bigint) PRIMARY KEY, p \(dialect.bigint) REFERENCES p (id))
                    """)
            }
        }

        private func count(_ database: any Database) async throws -> Int64? {
            try await database.read { try $0.first("SELECT COUNT(*) FROM p") { try $0.integer(0) } }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aBodyThatThrowsLeavesNothing(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                await #expect(throws: Refused.self) {
                    try await database.write { connection in
                        try connection.execute("INSERT INTO p VALUES (?, ?)", [1, "one"])
                        throw Refused()
                    }
                }
                #expect(try await count(database) == 0)
                let value = try await database.write { connection in
                    try connection.execute("INSERT INTO p VALUES (?, ?)", [1, "one"])
                    return "value"
                }
                #expect(value == "value")
                #expect(try await count(database) == 1)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aFailedCallDoomsTheTransaction(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let error = try await failure {
                    try await database.write { connection in
                        try connection.execute("INSERT INTO p VALUES (?, ?)", [1, "one"])
                        _ = try? connection.execute("INSERT INTO p VALUES (?, ?)", [1, "again"])
                    }
                }
                #expect(error.code == .constraint)
                #expect(try await count(database) == 0)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aBodyCannotEndItsTransaction(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let error = try await failure { try await database.write { try $0.executeScript("COMMIT") } }
                #expect(error.code == .other)
                #expect(try await count(database) == 0)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func readingCannotWrite(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let error = try await failure { try await database.read { _ = try $0.execute("INSERT INTO p VALUES (?, ?)", [1, "one"]) } }
                #expect(error.code == .readOnly)
                #expect(!error.isRetriable)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func readingSeesOneSnapshot(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let began = Gate()
                let written = Gate()
                async let counts = database.read { connection in
                    let sql = "SELECT COUNT(*) FROM p"
                    let before = try connection.first(sql) { try $0.integer(0) }
                    began.open()
                    written.pass()
                    return [before, try connection.first(sql) { try $0.integer(0) }]
                }
                try await database.write { connection in
                    began.pass()
                    try connection.execute("INSERT INTO p VALUES (?, ?)", [1, "one"])
                }
                #expect(try await count(database) == 1)
                written.open()
                #expect(try await counts == [0, 0])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func constraintsAreTold(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                try await database.write { try $0.insert(into: "p", columns: ["id", "name"], rows: [[1, "one"]]) }
                let violations: [(String, String)] = [
                    ("INSERT INTO p VALUES (1, 'x')", "23505"), ("INSERT INTO p VALUES (2, 'one')", "23505"),
                    ("INSERT INTO p VALUES (2, NULL)", "23502"), ("INSERT INTO c VALUES (1, 99)", "23503"),
                    ("INSERT INTO p VALUES (13, 'x')", "23514"),
                ]
                for (sql, state) in violations {
                    let error = try await failure { try await database.write { _ = try $0.execute(sql) } }
                    #expect(error.code == .constraint, "\(error)")
                    #expect(error.sqlState == state, "\(error)")
                    #expect(!error.isRetriable)
                }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func wrongStatementsAreTold(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                for sql in ["SELEC 1", "SELECT * FROM absent", "SELECT absent FROM argus"] {
                    let error = try await failure { try await database.read { _ = try $0.query(sql, { _ in }) } }
                    #expect(error.code == .syntax, "\(error)")
                    #expect(error.message.contains(sql))
                }
                let two = try await failure { try await database.write { _ = try $0.execute("SELECT 1; SELECT 2") } }
                #expect(two.code == .syntax, "\(two)")
                try await database.ping()
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func rowsAreCounted(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let rows: [[SQLValue]] = (0..<10).map { [.integer($0), .text("n\($0)")] }
                let counts = try await database.write { connection in
                    [
                        try connection.insert(into: "p", columns: ["id", "name"], rows: rows),
                        try connection.execute("UPDATE p SET name = name || ? WHERE id < ?", ["x", 4]),
                        try connection.execute("SELECT * FROM p"),
                        try connection.execute("CREATE TABLE q (id \(connection.dialect.bigint))"), try connection.execute("DELETE FROM p"),
                        try connection.execute("DELETE FROM p"),
                    ]
                }
                #expect(counts == [10, 4, 0, 0, 10, 0])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func queriesNest(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                try await database.write { try $0.insert(into: "p", columns: ["id", "name"], rows: [[1, "a"], [2, "b"], [3, "c"]]) }
                let pairs = try await database.read { connection in
                    let sql = "SELECT id FROM p WHERE id >= ? ORDER BY id"
                    return try connection.query(sql, [1]) { row in
                        let id = try row.integer(0)
                        return try connection.query(sql, [.integer(id)]) { try $0.integer(0) }
                    }
                }
                #expect(pairs == [[1, 2, 3], [2, 3], [3]])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func moreStatementsThanTheCacheHolds(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                let sum = try await database.read { connection in
                    var sum: Int64 = 0
                    for _ in 0..<2 {
                        for number in 0..<300 { sum += try connection.first("SELECT ? + \(number)", [1]) { try $0.integer(0) } ?? 0 }
                    }
                    return sum
                }
                #expect(sum == 2 * (300 + 299 * 150))
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aConnectionEndsWithItsTransaction(_ driver: StorageConfiguration.Driver) async throws {
            final class Thief: @unchecked Sendable { var connection: (any SQLConnection)? }
            try await withDatabase(driver) { database, _ in
                let thief = Thief()
                try await database.read { thief.connection = $0 }
                let error = try await failure { _ = try #require(thief.connection).execute("SELECT 1") }
                #expect(error.code == .closed)
            }
        }
    }
}

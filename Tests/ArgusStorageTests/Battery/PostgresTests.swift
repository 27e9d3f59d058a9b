// What only PostgreSQL does: a server that goes away, types of its own.

import Foundation
import TestSupport
import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct Postgres {
        @Test func aServerThatDiesAndComesBack() async throws {
            let server = try await PostgresServer(options: ["fsync=on"])
            var configuration = StorageConfiguration(driver: .postgres, dsn: server.dsn())
            configuration.maximumOpen = 8
            let database = try await open(configuration)
            try await database.write { _ = try $0.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)") }
            let gate = Gate()
            let running = Shared(0)
            let interrupted = Task {
                try await database.write { connection in
                    try connection.execute("INSERT INTO t VALUES (?)", [1])
                    running.update { $0 += 1 }
                    gate.pass()
                    try connection.execute("INSERT INTO t VALUES (?)", [2])
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<7 { group.addTask { try await database.ping() } }
                try await group.waitForAll()
            }
            try await eventually("the transaction is open") { running.value == 1 }

            try await server.stop(signal: SIGKILL)
            gate.open()
            let lost = try await failure { try await interrupted.value }
            #expect(lost.code == .unavailable, "\(lost)")
            #expect(lost.isRetriable)
            let refused = try await failure { try await database.ping() }
            #expect(refused.code == .unavailable, "\(refused)")
            #expect(refused.isRetriable)

            try await server.start()
            try await eventually("the database answers again") {
                do {
                    try await database.ping()
                    return true
                } catch let error as StorageError where error.isRetriable { return false }
            }
            // Connections that died while idle are replaced without anybody noticing.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 10..<50 {
                    group.addTask { try await database.write { _ = try $0.execute("INSERT INTO t VALUES (?)", [.integer(Int64(id))]) } }
                }
                try await group.waitForAll()
            }
            #expect(try await database.read { try $0.first("SELECT COUNT(*) FROM t WHERE id < 10") { try $0.integer(0) } } == 0)
            #expect(try await database.read { try $0.first("SELECT COUNT(*) FROM t") { try $0.integer(0) } } == 40)
            await database.close()
            try await server.stop()
        }

        @Test func connectionsEndedByTheServerAreReplaced() async throws {
            try await withDatabase(.postgres) { database, configuration in
                let other = try await open(configuration)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<5 { group.addTask { try await database.read { _ = try $0.execute("SELECT pg_sleep(0.05)") } } }
                    try await group.waitForAll()
                }
                let ended = try await other.read { connection in
                    try connection.query(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
                    ) { try $0.bool(0) }
                }
                #expect(ended.count >= 2)
                for _ in 0..<10 { #expect(try await database.read { try $0.first("SELECT 1") { try $0.integer(0) } } == 1) }
                await other.close()
            }
        }

        @Test func oldConnectionsAreReplaced() async throws {
            let adjust: (inout StorageConfiguration) -> Void = { $0.connectionLifetime = .milliseconds(50) }
            try await withDatabase(.postgres, adjust) { database, _ in
                let pid: @Sendable () async throws -> Int64? = {
                    try await database.read { try $0.first("SELECT pg_backend_pid()") { try $0.integer(0) } }
                }
                let first = try await pid()
                try await eventually("another connection serves") { try await pid() != first }
                try await eventually("idle connections leave") { database.statistics.open == 0 }
                #expect(try await pid() != nil)
            }
        }

        @Test func settingsAreThoseAsked() async throws {
            let adjust: (inout StorageConfiguration) -> Void = {
                $0.applicationName = "argus-test"
                $0.statementTimeout = .seconds(1)
            }
            try await withDatabase(.postgres, adjust) { database, _ in
                let name = try await database.read { try $0.first("SELECT current_setting('application_name')") { try $0.text(0) } }
                #expect(name == "argus-test")
                let error = try await failure { try await database.read { _ = try $0.execute("SELECT pg_sleep(?)", [60.0]) } }
                #expect(error.code == .timeout)
                #expect(error.isRetriable)
                try await database.ping()
            }
        }

        @Test func schemasThatChangeUnderPreparedStatements() async throws {
            try await withDatabase(.postgres) { database, configuration in
                let other = try await open(configuration)
                try await other.write { try $0.executeScript("CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (1)") }
                let all: @Sendable (any SQLConnection) throws -> Int = {
                    try $0.query("SELECT * FROM t WHERE a = ?", [1]) { $0.count }.first ?? 0
                }
                #expect(try await database.read(all) == 1)
                try await other.write { _ = try $0.execute("ALTER TABLE t ADD COLUMN b TEXT") }
                try await eventually("the statement is prepared anew") {
                    do { return try await database.read(all) == 2 } catch let error as StorageError where error.isRetriable { return false }
                }
                await other.close()
            }
        }

        @Test func nullsDoNotMultiplyPreparedStatements() async throws {
            try await withDatabase(.postgres) { database, _ in
                let prepared = try await database.write { connection in
                    try connection.execute("CREATE TABLE t (a BIGINT, b TEXT, c DOUBLE PRECISION, d BYTEA)")
                    let values: [SQLValue] = [1, "b", 0.5, .blob([1])]
                    for bits in 0..<16 {
                        let row = (0..<4).map { bits & (1 << $0) == 0 ? SQLValue.null : values[$0] }
                        try connection.execute("INSERT INTO t VALUES (?, ?, ?, ?)", row)
                    }
                    return try connection.first("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE ?", ["INSERT%"]) {
                        try $0.integer(0)
                    }
                }
                #expect(prepared == 1)
                let counts = try await database.read { connection in
                    try connection.query("SELECT COUNT(a), COUNT(b), COUNT(c), COUNT(d) FROM t") { row in
                        try (0..<4).map { try row.integer($0) }
                    }
                }
                #expect(counts == [[8, 8, 8, 8]])
            }
        }

        @Test func columnsOfOtherTypesTakeTexts() async throws {
            try await withDatabase(.postgres) { database, _ in
                let columns = ["i", "s", "f", "n", "j", "t", "u", "o", "v"]
                let row: [SQLValue] = [
                    7, 3, 0.5, 12, #"{"a": [1, "x"]}"#, "2026-01-02T03:04:05Z", "00000000-0000-0000-0000-000000000001", "true", "name",
                ]
                try await database.write { connection in
                    try connection.execute(
                        "CREATE TABLE t (i INTEGER, s SMALLINT, f REAL, n NUMERIC, j JSONB, t TIMESTAMPTZ, u UUID, o BOOLEAN, v VARCHAR(20))"
                    )
                    try connection.insert(into: "t", columns: columns, rows: [row, row.map { _ in .null }])
                    try connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
                }
                let found = try await database.read { connection in
                    try connection.query("SELECT i, s, f, n, j, extract(epoch FROM t), u, o, v FROM t") { row in
                        try (0..<9).map { try row.value($0) }
                    }
                }
                let expected: [SQLValue] = [
                    7, 3, 0.5, 12, #"{"a": [1, "x"]}"#, 1_767_323_045.0, "00000000-0000-0000-0000-000000000001", 1, "name",
                ]
                #expect(found[0] == expected)
                #expect(found[1].allSatisfy { $0 == .null })
                #expect(found[2] == expected)
            }
        }

        @Test(arguments: [
            ("postgres://argus@127.0.0.1:1/postgres", StorageError.Code.unavailable),
            ("postgres://argus@127.0.0.1:PORT/absent", .configuration), ("postgres://nobody:secret@127.0.0.1:PORT/postgres", .denied),
            ("postgres://argus@127.0.0.1:PORT/postgres?nonsense=1", .configuration), ("nonsense", .configuration),
        ]) func whatCannotBeOpened(dsn: String, code: StorageError.Code) async throws {
            let server = try #require(server)
            let dsn = dsn.replacing("PORT", with: "\(server.port)")
            let error = try await failure { _ = try await open(StorageConfiguration(driver: .postgres, dsn: dsn)) }
            #expect(error.code == code, "\(error)")
            #expect(error.isRetriable == (code == .unavailable))
            #expect(!error.message.contains("secret"))
        }
    }
}

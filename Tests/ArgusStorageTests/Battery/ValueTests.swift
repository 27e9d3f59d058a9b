// Values go in and come out unchanged, or fail clearly.

import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct Values {
        static let integers: [SQLValue] = [.integer(.min), .integer(.max), -1, 0, 1, .integer(1 << 53 + 1)]
        static let reals: [SQLValue] = [0.1, -0.5, .real(.greatestFiniteMagnitude), .real(.leastNonzeroMagnitude), .real(.infinity)]
        static let texts: [SQLValue] = [
            "", "a'b\"c\\d", "ä é 漢字 🚨 \u{10FFFF}", "tab\tnewline\r\n", "{NULL,\"x\"}", .text(String(repeating: "long ", count: 200_000)),
        ]
        static let blobs: [SQLValue] = [.blob([]), .blob([0]), .blob(Array(0...255)), .blob(Array(repeating: 0xAB, count: 1 << 20))]

        private struct Found: Equatable {
            let integer: Int64
            let real: Double
            let texts: [String?]
            let blob: [UInt8]
        }

        private func table(_ connection: any SQLConnection) throws {
            let dialect = connection.dialect
            try connection.executeScript(
                """
                CREATE TABLE v (id \(dialect.identity), i \(dialect.bigint), r \(dialect.real), t \(dialect.text), b \(dialect.blob), \
                j \(dialect.json))
                """)
        }

        private var rows: [[SQLValue]] {
            (0..<Self.texts.count).map { index in
                func pick(_ values: [SQLValue]) -> SQLValue { index < values.count ? values[index] : .null }
                return [pick(Self.integers), pick(Self.reals), pick(Self.texts), pick(Self.blobs), #"{"b":1, "a":[1.50, "\u0000"]}"#]
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases, [false, true])
        func roundTrip(
            _ driver: StorageConfiguration.Driver, inBulk: Bool
        ) async throws {
            try await withDatabase(driver) { database, _ in
                let rows = rows
                try await database.write { connection in
                    try table(connection)
                    let columns = ["i", "r", "t", "b", "j"]
                    if inBulk {
                        #expect(try connection.insert(into: "v", columns: columns, rows: rows) == rows.count)
                        #expect(try connection.insert(into: "v", columns: columns, rows: []) == 0)
                    } else {
                        for row in rows {
                            #expect(try connection.execute("INSERT INTO v (i, r, t, b, j) VALUES (?, ?, ?, ?, ?)", row) == 1)
                        }
                    }
                }
                let found = try await database.read { connection in
                    try connection.query("SELECT i, r, t, b, j FROM v ORDER BY id") { row in try (0..<row.count).map { try row.value($0) } }
                }
                #expect(found == rows)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func nulIsReplacedAlike(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.write { connection in
                    try table(connection)
                    try connection.execute("INSERT INTO v (t) VALUES (?)", ["a\0b"])
                    try connection.insert(into: "v", columns: ["t"], rows: [["a\0b"]])
                }
                let found = try await database.read { try $0.query("SELECT t FROM v WHERE t = ?", ["a\0b"]) { try $0.text(0) } }
                #expect(found == ["a\u{FFFD}b", "a\u{FFFD}b"])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func whatDoesNotFitIsRefused(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.write { try table($0) }
                let notANumber = try await failure {
                    _ = try await database.write { try $0.execute("INSERT INTO v (r) VALUES (?)", [.real(.nan)]) }
                }
                #expect(notANumber.code == .invalidValue)
                let inBulk = try await failure {
                    _ = try await database.write { try $0.insert(into: "v", columns: ["r"], rows: [[.real(.nan)]]) }
                }
                #expect(inBulk.code == .invalidValue)
                let shape = try await failure {
                    _ = try await database.write { try $0.insert(into: "v", columns: ["i", "t"], rows: [[1, "a"], [2]]) }
                }
                #expect(shape.code == .syntax)
                let count = try await failure {
                    try await database.read { _ = try $0.query("SELECT * FROM v WHERE i = ?", [1, 2]) { _ in } }
                }
                #expect(count.code == .syntax)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func readingTheWrongTypeIsAnError(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.write { connection in
                    try table(connection)
                    try connection.execute("INSERT INTO v (i, r, t, b) VALUES (7, 1.5, 'text', ?)", [.blob([1])])
                }
                let sql = "SELECT i, r, t, b, j FROM v"
                let wrong: [@Sendable (SQLRow) throws -> Void] = [
                    { _ = try $0.text(0) }, { _ = try $0.integer(1) }, { _ = try $0.integer(2) }, { _ = try $0.text(3) },
                    { _ = try $0.text(4) }, { _ = try $0.blob(2) }, { _ = try $0.real(2) },
                ]
                for read in wrong {
                    let error = try await failure { _ = try await database.read { try $0.query(sql, read).count } }
                    #expect(error.code == .typeMismatch)
                }
                let outside = try await failure { try await database.read { _ = try $0.query(sql) { try $0.integer(5) } } }
                #expect(outside.code == .syntax)
                let found = try await database.read { connection in
                    try connection.query(sql) { row in
                        let texts = [try row.optionalText(2), try row.optionalText(4), row.isNull(4) ? "null" : nil]
                        return Found(integer: try row.integer(0), real: try row.real(0), texts: texts, blob: try row.blob(3))
                    }
                }
                #expect(found == [Found(integer: 7, real: 7, texts: ["text", nil, "null"], blob: [1])])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aggregatesHaveTheTypesOneExpects(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.write { connection in
                    try table(connection)
                    try connection.insert(into: "v", columns: ["i", "r"], rows: [[1, 0.5], [2, 1.5], [4, 2.5]])
                }
                let (integers, reals) = try await database.read { connection in
                    let sql = "SELECT COUNT(*), SUM(i), AVG(i), SUM(r) FROM v WHERE i < ?"
                    let rows = try connection.query(sql, [.integer(5_000_000_000)]) { row in
                        ([try row.integer(0), try row.integer(1)], [try row.real(2), try row.real(3)])
                    }
                    return rows[0]
                }
                #expect(integers == [3, 7])
                #expect(abs(reals[0] - 7.0 / 3) < 1e-9)
                #expect(reals[1] == 4.5)
                let page = try await database.read { connection in
                    try connection.query("SELECT i FROM v ORDER BY i LIMIT ? OFFSET ?", [1, 1]) { try $0.integer(0) }
                }
                #expect(page == [2])
                let none = try await database.read { try $0.first("SELECT t FROM v WHERE i = ?", [99]) { try $0.text(0) } }
                #expect(none == nil)
            }
        }
    }
}

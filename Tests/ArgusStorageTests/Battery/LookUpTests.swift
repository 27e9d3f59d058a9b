// Finding the rows of many keys at once.

import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct LookUps {
        private func prepare(_ database: any Database) async throws {
            try await database.write { connection in
                let dialect = connection.dialect
                try connection.executeScript(
                    """
                    CREATE TABLE parts (id \(dialect.bigint) NOT NULL, key \(dialect.blob) NOT NULL, name \(dialect.text) NOT NULL,
                    body \(dialect.blob), PRIMARY KEY (key, id))\(dialect.clustered);
                    \(dialect.uncompressed("body", of: "parts"))
                    """)
                let rows: [[SQLValue]] = (0..<300).map { index in
                    [.integer(Int64(index)), .blob([UInt8(index % 100), 0, 255]), .text("n\(index % 7)"), .blob([UInt8(index % 256)])]
                }
                try connection.insert(into: "parts", columns: ["id", "key", "name", "body"], rows: rows)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func rowsOfKeysOfAnyType(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let found = try await database.read { connection in
                    try connection.lookUp(
                        ["id", "body"], in: "parts", by: ["key"], [[.blob([7, 0, 255])], [.blob([7])], [.blob([8, 0, 255])]]
                    ) {
                        [try $0.integer(0), Int64(try $0.blob(1)[0])]
                    }.sorted { $0[0] < $1[0] }
                }
                #expect(found == [[7, 7], [8, 8], [107, 107], [108, 108], [207, 207], [208, 208]])
                let pairs = try await database.write { connection in
                    let keys: [[SQLValue]] = [["n3", 3], ["n3", 4], ["n5", 12], ["n3", 3]]
                    return try connection.lookUp(["id"], in: "parts", by: ["name", "id"], keys) { try $0.integer(0) }.sorted()
                }
                #expect(pairs == [3, 3, 12])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func manyKeysAndNone(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                let keys: [[SQLValue]] = (0..<5000).map { [.integer($0)] }
                let count = try await database.read { try $0.lookUp(["id"], in: "parts", by: ["id"], keys) { _ in }.count }
                #expect(count == 300)
                #expect(try await database.read { try $0.lookUp(["id"], in: "parts", by: ["id"], []) { _ in }.count } == 0)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func namesAndShapesAreChecked(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                for (columns, table, key) in [(["a b"], "parts", ["id"]), (["id"], "parts;", ["id"]), (["id"], "parts", ["id = 1 OR id"])] {
                    let error = try await failure {
                        _ = try await database.read { try $0.lookUp(columns, in: table, by: key, [[1]]) { _ in } }
                    }
                    #expect(error.code == .syntax)
                }
                let error = try await failure {
                    _ = try await database.read { try $0.lookUp(["id"], in: "parts", by: ["id"], [[1, 2]]) { _ in } }
                }
                #expect(error.code == .syntax)
            }
        }
    }
}

// What only SQLite does: files.

import Foundation
import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct SQLite {
        private func withFolder(_ body: (String) async throws -> Void) async throws {
            let folder = NSTemporaryDirectory() + "argus-sqlite-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await body(folder)
        }

        @Test func settingsAreThoseAsked() async throws {
            try await withDatabase(.sqlite) { database, _ in
                let settings = ["journal_mode": "wal", "synchronous": "1", "foreign_keys": "1", "busy_timeout": "5000"]
                for (pragma, expected) in settings {
                    let column = pragma == "busy_timeout" ? "timeout" : pragma
                    let setting: @Sendable (any SQLConnection) throws -> String? = { connection in
                        try connection.first("SELECT CAST(\(column) AS TEXT) FROM pragma_\(pragma)") { try $0.text(0) }
                    }
                    let (read, written) = (try await database.read(setting), try await database.write(setting))
                    #expect(read == expected)
                    #expect(written == expected)
                }
            }
        }

        @Test func prefixesAreDropped() async throws {
            try await withFolder { folder in
                let database = try await open(StorageConfiguration(driver: .sqlite, dsn: "sqlite://\(folder)/a.db"))
                await database.close()
                #expect(FileManager.default.fileExists(atPath: folder + "/a.db"))
            }
        }

        @Test func aFileThatIsNoDatabase() async throws {
            try await withFolder { folder in
                try String(repeating: "no database ", count: 1000).write(toFile: folder + "/a.db", atomically: false, encoding: .utf8)
                let error = try await failure { _ = try await open(StorageConfiguration(driver: .sqlite, dsn: folder + "/a.db")) }
                #expect(error.code == .corrupted)
                #expect(!error.isRetriable)
            }
        }

        @Test func aFolderInPlaceOfTheFile() async throws {
            try await withFolder { folder in
                let error = try await failure { _ = try await open(StorageConfiguration(driver: .sqlite, dsn: folder)) }
                #expect(error.code == .configuration)
                #expect(error.message.contains(folder))
            }
        }

        @Test func aFolderThatCannotBeCreated() async throws {
            try await withFolder { folder in
                try "".write(toFile: folder + "/file", atomically: false, encoding: .utf8)
                let error = try await failure { _ = try await open(StorageConfiguration(driver: .sqlite, dsn: folder + "/file/a.db")) }
                #expect(error.code == .configuration)
                #expect(error.message.contains(folder + "/file"))
            }
        }

        @Test func aFullDatabase() async throws {
            try await withDatabase(.sqlite) { database, _ in
                try await database.write { try $0.executeScript("CREATE TABLE t (b BLOB); PRAGMA max_page_count = 50") }
                let error = try await failure {
                    _ = try await database.write {
                        try $0.execute("INSERT INTO t VALUES (?)", [.blob(Array(repeating: 1, count: 1 << 20))])
                    }
                }
                #expect(error.code == .full)
                #expect(error.isRetriable)
                try await database.write { connection in
                    try connection.executeScript("PRAGMA max_page_count = 5000")
                    try connection.execute("INSERT INTO t VALUES (?)", [.blob(Array(repeating: 1, count: 1 << 20))])
                }
                #expect(try await database.read { try $0.first("SELECT COUNT(*) FROM t") { try $0.integer(0) } } == 1)
            }
        }

        @Test func everythingCommittedIsThereAfterReopening() async throws {
            try await withFolder { folder in
                let configuration = StorageConfiguration(driver: .sqlite, dsn: folder + "/a.db")
                for round in 0..<3 {
                    let database = try await open(configuration)
                    try await database.write { connection in
                        try connection.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY)")
                        try connection.execute("INSERT INTO t VALUES (?)", [.integer(Int64(round))])
                    }
                    #expect(try await database.read { try $0.query("SELECT id FROM t") { try $0.integer(0) } }.count == round + 1)
                    await database.close()
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.db"])
            }
        }
    }
}

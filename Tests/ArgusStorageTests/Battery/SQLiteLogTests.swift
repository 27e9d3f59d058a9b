// SQLite's write-ahead log under constant load.

import Foundation
import Synchronization
import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct SQLiteLog {
        private static let pages = 50

        /// Reads that always overlap each other, so that some reader is older than the last commit at any time.
        private func readUntil(_ isOver: @Sendable @escaping () -> Bool, _ database: any Database) async throws -> Int {
            var reads = 0
            while !isOver() {
                let (before, after) = try await database.read { connection in
                    let before = try connection.first("SELECT count(*) FROM t") { try $0.integer(0) } ?? 0
                    Thread.sleep(forTimeInterval: 0.02)
                    return (before, try connection.first("SELECT count(*) FROM t") { try $0.integer(0) } ?? 0)
                }
                #expect(before == after)
                reads += 1
            }
            return reads
        }

        @Test func theLogStaysSmallWhileThereAreAlwaysReaders() async throws {
            try await withDatabase(.sqlite, { $0.checkpointPages = Self.pages }) { database, configuration in
                try await database.write { try $0.executeScript("CREATE TABLE t (a BLOB)") }
                let isOver = Shared(false)
                let (reads, largest) = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<4 {
                        group.addTask { try await readUntil({ isOver.value }, database) }
                    }
                    var largest = 0
                    for index in 0..<600 {
                        let row: [SQLValue] = [.blob(Array(repeating: UInt8(index & 0xFF), count: 40_000))]
                        try await database.write { try $0.insert(into: "t", columns: ["a"], rows: [row]) }
                        let attributes = try FileManager.default.attributesOfItem(atPath: configuration.dsn + "-wal")
                        largest = max(largest, attributes[.size] as? Int ?? 0)
                    }
                    isOver.update { $0 = true }
                    return (try await group.reduce(0, +), largest)
                }
                // 24 MB were written; the log may hold four times what it should, and what one transaction adds.
                #expect(largest < Self.pages * 4 * 4120 * 2, "the log grew to \(largest) bytes during \(reads) reads")
                #expect(reads > 4)
            }
        }
    }
}

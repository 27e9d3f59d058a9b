// Every aggregate against the same computed from raw spans and logs.

import ArgusStorage
import TestSupport
import Testing

@testable import OTLPCollector

extension TelemetryStoreBattery {
    @Suite struct Aggregates {
        /// Four days up to the clock of the tests.
        static let times: Range<Int64> = (1_790_000_000 - 4 * 86_400)..<1_790_000_000

        static func stored(_ bed: Bed) async throws -> StoredTelemetry {
            try await bed.database.read { try StoredTelemetry(reading: $0) }
        }

        /// Compares piece by piece, so that a difference can be read.
        static func compare(_ found: StoredTelemetry, _ expected: StoredTelemetry, at location: SourceLocation = #_sourceLocation) {
            func same<Key: Hashable, Value: Equatable>(_ left: [Key: Value], _ right: [Key: Value], _ what: String) {
                let keys = Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }
                let examples = keys.prefix(3).map { "\($0): \(String(describing: left[$0])) for \(String(describing: right[$0]))" }
                #expect(keys.isEmpty, "\(what): \(examples)", sourceLocation: location)
            }
            #expect(found.spans.symmetricDifference(expected.spans).isEmpty, sourceLocation: location)
            same(found.traces, expected.traces, "traces")
            same(found.operations, expected.operations, "operations")
            same(found.edges, expected.edges, "edges")
            same(found.traceCounts, expected.traceCounts, "counts of traces")
            same(found.logs, expected.logs, "logs")
            same(found.logCounts, expected.logCounts, "counts of logs")
            same(found.services, expected.services, "services")
        }

        /// Checks that the counters of the whole are those of the rows.
        static func checkTotals(_ bed: Bed, at location: SourceLocation = #_sourceLocation) async throws {
            let (counted, sums) = try await bed.database.read { connection in
                let counted = try connection.first("SELECT bytes, spans, logs, traces FROM telemetry_sequence") { row in
                    try (0..<4).map { try row.integer($0) }
                }
                let sums = try [
                    "SELECT COALESCE(SUM(bytes), 0) FROM segments", "SELECT COALESCE(SUM(items), 0) FROM segments WHERE signal = 0",
                    "SELECT COALESCE(SUM(items), 0) FROM segments WHERE signal = 1", "SELECT count(*) FROM traces",
                ].map { sql in try connection.first("SELECT CAST((\(sql)) AS \(connection.dialect.bigint))") { try $0.integer(0) } }
                return (counted, sums)
            }
            #expect(counted?.map(Optional.some) == sums, sourceLocation: location)
        }

        @Test(arguments: StorageConfiguration.Driver.allCases, [1, 2, 3])
        func batchesInAnyOrderWithDuplicates(_ driver: StorageConfiguration.Driver, seed: UInt64) async throws {
            var generator = StoredTelemetryGenerator(seed: seed, times: Self.times)
            let spans = generator.traces(120)
            let deliveries = generator.deliveries(spans, batches: 25)
            let messages = generator.messages(60)
            try await withStore(driver) { bed in
                var results = SpanWriteResult()
                for (index, delivery) in deliveries.enumerated() {
                    let result = try await bed.store.write(spans: batch(delivery))
                    results.inserted += result.inserted
                    results.duplicates += result.duplicates
                    if index % 5 == 0 { try await writeSome(messages, bed, &generator) }
                }
                try await writeAll(messages, bed)
                #expect(results.inserted == spans.count)
                #expect(results.inserted + results.duplicates == deliveries.joined().joined().count)
                Self.compare(try await Self.stored(bed), StoredTelemetry(spans: spans, messages: messages))
                try await Self.checkTotals(bed)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func severalInstancesAtOnce(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 11, times: Self.times)
            let spans = generator.traces(150)
            let deliveries = generator.deliveries(spans, batches: 40)
            let messages = generator.messages(80)
            try await withStore(driver) { bed in
                let other = try await openDatabase(bed.configuration, logger: quiet)
                let stores = [bed.store, bed.anotherStore(), TelemetryStore(database: other)]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, store) in stores.enumerated() {
                        group.addTask {
                            for place in deliveries.indices where place % stores.count == index {
                                _ = try await store.write(spans: batch(deliveries[place]))
                            }
                        }
                        group.addTask { _ = try await store.write(logs: batch(messages)) }
                    }
                    try await group.waitForAll()
                }
                await other.close()
                Self.compare(try await Self.stored(bed), StoredTelemetry(spans: spans, messages: messages))
                try await Self.checkTotals(bed)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func alsoAfterCompaction(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 21, times: Self.times)
            let spans = generator.traces(200)
            let deliveries = generator.deliveries(spans, batches: 20)
            let messages = generator.messages(120)
            try await withStore(driver) { bed in
                let compaction = RollupCompaction(store: bed.store, logger: quiet)
                for (index, delivery) in deliveries.enumerated() {
                    _ = try await bed.store.write(spans: batch(delivery))
                    // Later batches add to buckets that have been compacted.
                    if index == 10 {
                        try await writeAll(Array(messages.prefix(70)), bed)
                        try await compaction.compactAll()
                    }
                }
                try await writeAll(messages, bed)
                try await compaction.compactAll()
                let now = bed.clock.milliseconds / 1000
                let expected = StoredTelemetry(spans: spans, messages: messages) { time in
                    if time < (now - 48 * 3600) / 3600 * 3600 { return 3600 }
                    return time < (now - 2 * 3600) / 60 * 60 ? 60 : 10
                }
                Self.compare(try await Self.stored(bed), expected)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func compactionInManySteps(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(
                seed: 31, times: (Self.times.upperBound - 20 * 3600)..<(Self.times.upperBound - 10 * 3600))
            let spans = generator.traces(1500)
            try await withStore(driver) { bed in
                _ = try await bed.store.write(spans: batch([spans]))
                let rows = try await bed.database.read { try $0.first("SELECT count(*) FROM span_rollups") { try $0.integer(0) } ?? 0 }
                #expect(rows > 3000)
                try await RollupCompaction(store: bed.store, logger: quiet).compactAll()
                Self.compare(try await Self.stored(bed), StoredTelemetry(spans: spans) { _ in 60 })
            }
        }

        private func writeAll(_ messages: [StoredMessage], _ bed: Bed) async throws {
            let result = try await bed.store.write(logs: batch(messages))
            #expect(result.inserted + result.duplicates == messages.flatMap(\.records).count)
            #expect(try await bed.store.write(logs: batch(messages)).inserted == 0)
        }

        private func writeSome(_ messages: [StoredMessage], _ bed: Bed, _ generator: inout StoredTelemetryGenerator) async throws {
            let some = messages.shuffled(using: &generator.random).prefix(10)
            _ = try await bed.store.write(logs: batch(Array(some)))
        }
    }
}

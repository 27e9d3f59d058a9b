// Deleting by age and by size, and everything.

import ArgusOTLP
import ArgusStorage
import TestSupport
import Testing

@testable import OTLPCollector

extension TelemetryStoreBattery {
    @Suite struct RetentionOfTelemetry {
        private static let day = Duration.seconds(86_400)

        /// Writes deliveries an hour apart.
        private func write(_ deliveries: [[[StoredSpan]]], _ bed: Bed) async throws {
            for delivery in deliveries {
                _ = try await bed.store.write(spans: batch(delivery))
                bed.clock.advance(by: .seconds(3600))
            }
        }

        /// A part of each trace that a segment holds.
        private func segments(_ bed: Bed) async throws -> [Int64] {
            try await bed.database.read { try $0.query("SELECT id FROM segments ORDER BY id") { try $0.integer(0) } }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func theOldestGoAndTheRestStaysRight(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 41, times: Aggregates.times)
            let spans = generator.traces(150)
            let deliveries = generator.deliveries(spans, batches: 20)
            try await withStore(driver) { bed in
                try await write(deliveries, bed)
                _ = try await bed.store.write(logs: batch(generator.messages(5)))
                let before = try await Aggregates.stored(bed)
                let all = try await segments(bed)
                let retention = TelemetryRetention(store: bed.store, age: .seconds(3600) * 10, bytes: nil, logger: quiet)
                while try await retention.deleteSome().segments > 0 {}
                let kept = try await segments(bed)
                #expect(kept.count == 10 && kept == Array(all.suffix(10)))
                let after = try await Aggregates.stored(bed)
                // What is left of a trace keeps the summary of all of it.
                let alive = Set(after.spans.map(\.traceID))
                #expect(after.traces == before.traces.filter { alive.contains($0.key) })
                #expect(after.spans.isStrictSubset(of: before.spans) && after.operations == before.operations)
                #expect(after.logs == before.logs)
                try await Aggregates.checkTotals(bed)
                let orphans = try await bed.database.read { connection in
                    try connection.first(
                        "SELECT count(*) FROM trace_parts WHERE segment_id NOT IN (SELECT id FROM segments) OR trace_ref NOT IN (SELECT id FROM traces)"
                    ) { try $0.integer(0) }
                }
                #expect(orphans == 0)
                // What was deleted may come again, and then counts again as new.
                _ = try await bed.store.write(spans: batch(deliveries[0]))
                #expect(try await Aggregates.stored(bed).spans.isSuperset(of: deliveries[0].joined()))
                try await Aggregates.checkTotals(bed)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func rollupsAndServicesGoByAge(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 43, times: Aggregates.times)
            let spans = generator.traces(150)
            let messages = generator.messages(60)
            try await withStore(driver) { bed in
                _ = try await bed.store.write(spans: batch([spans]))
                _ = try await bed.store.write(logs: batch(messages))
                try await TelemetryRetention(store: bed.store, age: Self.day, bytes: nil, logger: quiet).deleteAll()
                let cutoff = bed.clock.milliseconds / 1000 - 86_400
                var expected = StoredTelemetry(spans: spans, messages: messages)
                func stays(_ row: StoredRollup) -> Bool { row.bucket + row.step > cutoff }
                expected.operations = expected.operations.filter { stays($0.key) }
                expected.edges = expected.edges.filter { stays($0.key) }
                expected.traceCounts = expected.traceCounts.filter { stays($0.key) }
                expected.logCounts = expected.logCounts.filter { stays($0.key) }
                expected.services = expected.services.filter { $0.value[1] >= cutoff }
                #expect(!expected.operations.isEmpty)
                Aggregates.compare(try await Aggregates.stored(bed), expected)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aSizeIsKept(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 47, times: Aggregates.times)
            let deliveries = generator.deliveries(generator.traces(200), batches: 100)
            try await withStore(driver) { bed in
                try await write(deliveries, bed)
                let bytes = try await bed.database.read {
                    try $0.first("SELECT bytes FROM telemetry_sequence") { try $0.integer(0) } ?? 0
                }
                let limit = bytes / 3
                let retention = TelemetryRetention(store: bed.store, age: Self.day * 30, bytes: limit, logger: quiet)
                try await retention.deleteAll()
                let (left, oldest) = try await bed.database.read { connection in
                    (
                        try connection.first("SELECT bytes FROM telemetry_sequence") { try $0.integer(0) } ?? 0,
                        try connection.first("SELECT bytes FROM segments ORDER BY id LIMIT 1") { try $0.integer(0) } ?? 0
                    )
                }
                #expect(left <= limit && left + 4 * oldest > limit)
                try await Aggregates.checkTotals(bed)
                let nothing = try await retention.deleteSome()
                #expect(nothing == RetentionResult())
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func wordsGoWithTheirSegments(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 53, times: Aggregates.times)
            let deliveries = generator.deliveries(generator.traces(100), batches: 30)
            var options = TelemetryStoreOptions()
            options.textIndexBytes = 2000
            try await withStore(driver, options) { bed in
                try await write(deliveries, bed)
                #expect(try await tables(bed) > 5)
                for delivery in deliveries { for span in delivery.joined() { #expect(try await isFound(span, bed)) } }
                let retention = TelemetryRetention(store: bed.store, age: .seconds(3600) * 5, bytes: nil, logger: quiet)
                try await retention.deleteAll()
                bed.clock.advance(by: .seconds(120))
                try await retention.deleteAll()
                let left = try await tables(bed)
                #expect(left <= 5)
                let rows = try await bed.database.read { try $0.first("SELECT count(*) FROM text_indexes") { try $0.integer(0) } }
                #expect(rows == left)
                let kept = try await Aggregates.stored(bed).spans
                #expect(!kept.isEmpty)
                for span in kept { #expect(try await isFound(span, bed)) }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func purgingLeavesNothingAndStartsAgain(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 59, times: Aggregates.times)
            let spans = generator.traces(50)
            let messages = generator.messages(10)
            try await withStore(driver) { bed in
                let first = try await bed.store.write(spans: batch([spans]))
                _ = try await bed.store.write(logs: batch(messages))
                let result = try await bed.store.purge()
                #expect(result.segments == 2 && result.spans == spans.count && result.logs == messages.flatMap(\.records).count)
                #expect(try await Aggregates.stored(bed) == StoredTelemetry())
                try await Aggregates.checkTotals(bed)
                let second = try await bed.store.write(spans: batch([spans]))
                #expect(second.inserted == spans.count && second.segment ?? 0 > first.segment ?? 0)
                Aggregates.compare(try await Aggregates.stored(bed), StoredTelemetry(spans: spans))
                bed.clock.advance(by: .seconds(120))
                try await TelemetryRetention(store: bed.store, age: Self.day * 30, bytes: nil, logger: quiet).deleteAll()
                #expect(try await tables(bed) == 1)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func writersDoNotWaitForRetention(_ driver: StorageConfiguration.Driver) async throws {
            var generator = StoredTelemetryGenerator(seed: 61, times: Aggregates.times)
            let old = (0..<40).map { _ in generator.traces(300) }
            let fresh = (0..<200).map { _ in generator.traces(20) }
            try await withStore(driver) { bed in
                for spans in old { _ = try await bed.store.write(spans: batch([spans])) }
                bed.clock.advance(by: Self.day)
                let retention = TelemetryRetention(store: bed.store, age: .seconds(3600), bytes: nil, logger: quiet)
                let work = Task {
                    let start = ContinuousClock.now
                    var transactions = 0
                    while try await retention.deleteSome().segments > 0 { transactions += 1 }
                    return (transactions, ContinuousClock.now - start)
                }
                var longest = Duration.zero
                var written = 0
                for spans in fresh where try await segments(bed).first ?? 0 <= Int64(old.count) {
                    let start = ContinuousClock.now
                    _ = try await bed.store.write(spans: batch([spans]))
                    longest = max(longest, .now - start)
                    written += 1
                }
                let (transactions, whole) = try await work.value
                #expect(transactions >= 10)
                #expect(written >= transactions / 2, "\(written) batches were written during \(transactions) transactions of retention")
                #expect(longest < whole / 2, "a batch waited \(longest) while retention took \(whole)")
                try await Aggregates.checkTotals(bed)
            }
        }

        private func tables(_ bed: Bed) async throws -> Int64 {
            let sql =
                bed.configuration.driver == .sqlite
                ? "SELECT count(*) FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE segment_words_%'"
                : "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'segment_words_%'"
            return try await bed.database.read { try $0.first(sql) { try $0.integer(0) } ?? 0 }
        }

        /// Whether the text index leads to the segment with a span.
        private func isFound(_ span: StoredSpan, _ bed: Bed) async throws -> Bool {
            let parameter = TextQuestion([.init("u" + span.spanID.hex)]).parameter(bed.database.dialect)
            return try await bed.database.read { connection in
                for index in try TextGenerations.indexes(connection) {
                    let column = index.documentColumn(connection.dialect)
                    let bodies = try connection.query(
                        "SELECT b.segment_id, b.body FROM \(index.name) JOIN segment_bodies b ON b.segment_id = \(column) "
                            + "WHERE \(index.condition(connection.dialect))", [parameter ?? .null]
                    ) { (try $0.integer(0), try $0.blob(1)) }
                    for (id, body) in bodies
                    where try SpanSegment(id: id, body: body).spans(of: span.traceID).contains(where: { $0.spanID == span.spanID }) {
                        return true
                    }
                }
                return false
            }
        }
    }
}

// What is larger, longer or stranger than usual.

import ArgusOTLP
import ArgusStorage
import TestSupport
import Testing

@testable import OTLPCollector

extension TelemetryStoreBattery {
    @Suite struct Limits {
        private func span(_ number: UInt64, service: String = "s", operation: String = "o", parent: SpanID? = nil) -> StoredSpan {
            StoredSpan(
                traceID: TraceID(high: 1, low: number), spanID: SpanID(value: number), parent: parent, service: service,
                operation: operation, start: 1_789_990_000_000_000_000, end: 1_789_990_000_000_000_100)
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func longNamesAreStoredAndCountUnderTheirBeginning(_ driver: StorageConfiguration.Driver) async throws {
            let long = String(repeating: "ö", count: 5000)
            try await withStore(driver) { bed in
                let spans = [span(1, service: long + "1", operation: long), span(2, service: long + "2", operation: long)]
                #expect(try await bed.store.write(spans: batch([spans])).inserted == 2)
                #expect(try await bed.store.write(spans: batch([[span(3, service: long, operation: long)]])).inserted == 1)
                let stored = try await Aggregates.stored(bed)
                #expect(stored.spans.isSuperset(of: spans))
                #expect(stored.operations.map(\.value.count) == [3])
                #expect(stored.operations.keys.first?.second == String(repeating: "ö", count: 256))
                #expect(stored.services.count == 1)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aSegmentWithMoreWordsThanTheIndexTakesIsFound(_ driver: StorageConfiguration.Driver) async throws {
            let text = (0..<80_000).map { "word\($0)" }.joined(separator: " ")
            let record = StoredMessage.Record(time: 1_789_990_000_000_000_000, severity: 9, service: "s", text: text)
            try await withStore(driver) { bed in
                let result = try await bed.store.write(logs: batch([StoredMessage(sequence: 1, records: [record])]))
                let found = try await bed.database.read { connection in
                    let index = try #require(try TextGenerations.indexes(connection).first)
                    let parameter = try #require(TextQuestion([.init("word79999")]).parameter(connection.dialect))
                    let column = index.documentColumn(connection.dialect)
                    return try connection.query(
                        "SELECT \(column) FROM \(index.name) WHERE \(index.condition(connection.dialect))", [parameter]
                    ) { try $0.integer(0) }
                }
                #expect(found == [result.segment])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func aTraceOfVeryManyPartsStaysWhole(_ driver: StorageConfiguration.Driver) async throws {
            try await withStore(driver) { bed in
                var spans: [StoredSpan] = []
                for number in 1...60 as ClosedRange<UInt64> {
                    var child = span(number, service: number % 2 == 0 ? "a" : "b", parent: SpanID(value: number + 1))
                    child.traceID = TraceID(high: 7, low: 7)
                    child.start += Int64(number)
                    child.end += Int64(number)
                    spans.append(child)
                    // Children before their parents, and all earlier ones again.
                    let result = try await bed.store.write(spans: batch([spans]))
                    #expect(result.inserted == 1 && result.duplicates == spans.count - 1)
                }
                Aggregates.compare(try await Aggregates.stored(bed), StoredTelemetry(spans: spans))
                #expect(try await Aggregates.stored(bed).edges.values.map(\.count).reduce(0, +) == 59)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func emptyBatchesStoreNothing(_ driver: StorageConfiguration.Driver) async throws {
            try await withStore(driver) { bed in
                let none = batch([[StoredSpan]]())
                let result = try await bed.store.write(spans: none)
                #expect(result == SpanWriteResult())
                #expect(try await bed.store.write(logs: batch([StoredMessage]())) == LogWriteResult())
                #expect(try await bed.store.write(logs: batch([StoredMessage(sequence: 1, records: [])])) == LogWriteResult())
                #expect(try await Aggregates.stored(bed) == StoredTelemetry())
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func whatFailsLeavesNothingBehind(_ driver: StorageConfiguration.Driver) async throws {
            try await withStore(driver) { bed in
                _ = try await bed.store.write(spans: batch([[span(1)]]))
                let before = try await Aggregates.stored(bed)
                try await bed.database.write { try $0.execute("ALTER TABLE log_rollups RENAME TO log_rollups_away") }
                let message = StoredMessage(sequence: 1, records: [.init(time: 1, severity: 1, service: "s", text: "t")])
                await #expect(throws: StorageError.self) { try await bed.store.write(logs: batch([message])) }
                try await bed.database.write { try $0.execute("ALTER TABLE log_rollups_away RENAME TO log_rollups") }
                #expect(try await Aggregates.stored(bed) == before)
                try await Aggregates.checkTotals(bed)
            }
        }
    }
}

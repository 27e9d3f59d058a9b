// Log records of messages become segments and come back.

import ArgusOTLP
import Testing

@testable import OTLPCollector

@Suite struct LogBatchTests {
    private func records(_ segment: SealedSegment, id: Int64 = 3) throws -> [LogRecord] {
        var records: [LogRecord] = []
        let reader = try LogSegment(id: id, body: segment.body)
        try reader.forEachRecord { records.append($0) }
        #expect(reader.count == records.count)
        for (index, record) in records.enumerated() {
            #expect(record.id == LogID(segment: id, index: index))
            #expect(try reader.record(at: index) == record)
        }
        #expect(throws: SegmentError.self) { try reader.record(at: records.count) }
        return records
    }

    /// Records without identities, in order of time.
    private func sorted(_ records: [LogRecord]) -> [LogRecord] {
        records.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map { _, record in
            var record = record
            record.id = LogID(value: 0)
            return record
        }
    }

    private func expected(_ groups: [OTLPGroup<OTLPLogRecord>]) -> [LogRecord] {
        LogRecord.all(groups, published: 1_700_000_000_000_000_001)
    }

    @Test(arguments: 1...20) func everyFieldSurvivesInOrderOfTime(seed: UInt64) throws {
        var samples = SegmentSamples(seed: seed)
        let groups = (0..<3).map { _ in samples.logGroups(records: 20) }
        let (batch, rejected) = LogBatch.decode(groups.enumerated().map { SegmentSamples.message($1, sequence: UInt64($0)) })
        #expect(rejected.isEmpty && batch.records == [20, 20, 20] && batch.repeated == [false, false, false])
        let sealed = batch.seal()
        let wanted = sorted(groups.flatMap(expected))
        #expect(sorted(try records(sealed)) == wanted)
        #expect(sealed.count == 60 && sealed.minTime == wanted.first?.time && sealed.maxTime == wanted.last?.time)
        var counts: [RollupDelta.LogKey: Int64] = [:]
        for record in wanted {
            counts[.init(bucket: record.time / 10_000_000_000 * 10, service: record.service, severity: record.severity), default: 0] += 1
        }
        #expect(
            sealed.rollups
                == {
                    var delta = RollupDelta(); delta.logs = counts; return delta
                }())
    }

    @Test func excludedMessagesAndRepetitionsAreLeftOut() throws {
        var samples = SegmentSamples(seed: 5)
        let groups = (0..<3).map { _ in samples.logGroups(records: 10) }
        var messages = groups.enumerated().map { SegmentSamples.message($1, sequence: UInt64($0)) }
        messages.append(messages[0])
        messages.append(TelemetryMessage(signal: .logs, sequence: 9, published: 0, payload: [0xFF]))
        let (batch, rejected) = LogBatch.decode(messages)
        #expect(rejected.map(\.message) == [4])
        #expect(batch.records == [10, 10, 10, 0, 0] && batch.repeated == [false, false, false, true, false] && batch.count == 30)
        #expect(sorted(try records(batch.seal(excludingMessages: [1]))) == sorted(expected(groups[0]) + expected(groups[2])))
        #expect(batch.seal(excludingMessages: [0, 1, 2]).count == 0)
    }

    @Test func theSameMessageNumberOfAnotherStreamIsAnotherMessage() {
        var samples = SegmentSamples(seed: 6)
        let first = SegmentSamples.message(samples.logGroups(records: 3))
        var second = first
        second.published += 1
        #expect(LogBatch.decode([first, second]).batch.count == 6)
    }
}

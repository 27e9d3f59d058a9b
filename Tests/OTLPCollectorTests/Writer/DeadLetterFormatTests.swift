// What dead-letter files are called and what is in them.

import ArgusShared
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct DeadLetterFormatTests {
    @Test func aBatchIsReadAsItWasWritten() throws {
        var random = SeededGenerator(seed: 7)
        let messages = (1...20).map { index in
            TelemetryMessage(
                signal: .logs, sequence: UInt64(index) << 40, published: 1_795_000_000_123_000_000 + Int64(index),
                payload: (0..<Int.random(in: 0...3000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        let batch = DeadLetterBatch(
            kind: .logs, created: Timestamp(milliseconds: 1_795_000_000_123), reason: "the \"database\"\nis away, ,\"messages\":[",
            items: 77, messages: messages)
        let bytes = batch.encoded()
        #expect(try DeadLetterBatch(parsing: bytes) == batch)
        #expect(batch.header.reason == "the \"database\" is away, ,\"messages\":[")
        #expect(DeadLetterBatch.header(from: Array(bytes.prefix(1024))) == batch.header)
        // Any JSON tool reads it.
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(object["kind"] as? String == "logs")
        #expect((object["messages"] as? [Any])?.count == 20)
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"format":1}"#, #"{"format":2,"kind":"logs","created":"2026-01-01T00:00:00Z","messages":[]}"#,
        #"{"format":1,"kind":"metrics","created":"2026-01-01T00:00:00Z","messages":[]}"#,
        #"{"format":1,"kind":"logs","created":"yesterday","messages":[]}"#,
        #"{"format":1,"messages":[],"kind":"logs","created":"2026-01-01T00:00:00Z"}"#,
        #"{"format":1,"kind":"logs","created":"2026-01-01T00:00:00Z","messages":[{"sequence":1,"published":2,"payload":"%%"}]}"#,
        #"{"format":1,"kind":"logs","created":"2026-01-01T00:00:00Z","messages":[{"sequence":-1,"published":2,"payload":""}]}"#,
        #"{"format":1,"kind":"logs","created":"2026-01-01T00:00:00Z","messages":[{"published":2,"payload":""}]}"#,
        #"{"format":1,"kind":"logs","created":"2026-01-01T00:00:00Z","messages":[]}x"#,
    ])
    func whatIsNoBatchIsRefused(_ text: String) {
        #expect(throws: DeadLetterBatch.Unreadable.self) { try DeadLetterBatch(parsing: Array(text.utf8)) }
    }

    @Test func aTruncatedFileIsRefusedWhereverItEnds() {
        let batch = DeadLetterBatch(
            kind: .traces, reason: "r", items: 1,
            messages: [TelemetryMessage(signal: .traces, sequence: 1, published: 2, payload: Array("payload".utf8))])
        let bytes = batch.encoded()
        for end in 0..<bytes.count {
            #expect(throws: DeadLetterBatch.Unreadable.self) { try DeadLetterBatch(parsing: Array(bytes[..<end])) }
        }
    }

    @Test func namesRiseEvenIfTheClockDoesNot() {
        let clock = Mutex<[Int64]>([1_795_246_200_123_456, 1_795_246_200_123_456, 1_795_246_100_000_000, 1_795_246_201_000_007])
        let naming = DeadLetterNaming { clock.withLock { $0.removeFirst() } }
        let names = (0..<4).map { _ in naming.next() }
        #expect(names == names.sorted())
        #expect(Set(names).count == 4)
        #expect(names[0].text.hasPrefix("batch_20261121T073000.123456Z-"))
        #expect(names[2].text.hasPrefix("batch_20261121T073000.123458Z-"))
        #expect(names[3].text.hasPrefix("batch_20261121T073001.000007Z-"))
        for name in names {
            #expect(DeadLetterID(name.text) == name)
            #expect(DeadLetterID(fileName: name.fileName) == name)
        }
    }

    @Test(arguments: [
        "", "batch_", "batch_../x", "batch_..", "../batch_1", "/etc/passwd", "batch_1/2", "batch_1\\2", "batch_1%2f", "batch_\u{0}",
        "batch_é",
        "batch_1.", "other_1", "batch_" + String(repeating: "1", count: 100), ".writing-batch_1",
    ])
    func whatCouldNameAnotherFileIsNoIdentifier(_ text: String) {
        #expect(DeadLetterID(text) == nil)
        #expect(DeadLetterID(fileName: text + ".json") == nil)
    }
}

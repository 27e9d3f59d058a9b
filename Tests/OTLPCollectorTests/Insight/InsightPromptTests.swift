// The question to the language model: complete, bounded, without secrets.

import ArgusOTLP
import Testing

@testable import OTLPCollector

@Suite struct InsightPromptTests {
    static let masker = SecretMasker()

    static func log(_ body: AnyValue, time: Int64 = 1_700_000_000_000_000_000) -> LogRecord {
        var log = LogRecord(id: LogID(value: 1), time: time, service: "shop")
        log.body = body
        log.severityNumber = 17
        return log
    }

    static func text(
        _ log: LogRecord, before: [LogRecord] = [], after: [LogRecord] = [], spans: [SpanRecord] = []
    ) -> String {
        InsightPrompt(log: log, before: before, after: after, spans: spans, masker: masker).text
    }

    @Test func secretsInNestedValuesAreMasked() {
        let body = AnyValue.keyValues([
            Attribute("user", .keyValues([Attribute("password", .keyValues([Attribute("value", .string("hidden1"))]))])),
            Attribute("items", .array([.string("token=hidden2"), .int(3)])), Attribute("pin", .int(4711)),
            Attribute("blob", .bytes(Array("hidden3".utf8))),
        ])
        let text = Self.text(Self.log(body))
        #expect(!text.contains("hidden") && !text.contains("4711"), "\(text)")
        #expect(text.contains("items") && text.contains("[7 bytes]"))
    }

    @Test func theQuestionIsBoundedAndTheNearestComesFirst() {
        let long = String(repeating: "word ", count: 20_000)
        let base: Int64 = 1_700_000_000_000_000_000
        let before = (1...200).map { Self.log(.string("before \($0) \(long)"), time: base - Int64(201 - $0) * 1_000_000_000) }
        var log = Self.log(.string(long), time: base)
        log.attributes = (0..<500).map { Attribute("key\($0)", .string(long)) }
        let text = Self.text(log, before: before)
        #expect(text.count <= InsightPrompt.Limit.total)
        log.attributes = []
        let second = Self.text(log, before: before)
        #expect(second.count <= InsightPrompt.Limit.total)
        #expect(second.contains("before 200 ") && !second.contains("before 100 "))
    }

    @Test func onlyFailedSpansAreTold() {
        func span(_ name: String, _ code: SpanStatus.Code) -> SpanRecord {
            var span = SpanRecord(
                traceID: TraceID(high: 1, low: 1), spanID: SpanID(value: 1), name: name, start: 0, end: 1_500_000, service: "pay")
            span.status.code = code
            return span
        }
        let text = Self.text(Self.log(.string("x")), spans: [span("good", .ok), span("bad", .error)])
        #expect(text.contains("pay bad: 1.5 ms") && !text.contains("good"))
    }
}

// Alerts of a Prometheus server as they become events.

import ArgusShared
import Testing

@testable import IngestGateway

@Suite struct PrometheusAlertTests {
    private let received = Timestamp(rfc3339: "2026-01-31T12:00:00Z") ?? Timestamp(milliseconds: 0)

    private func alert(_ json: String) throws -> PrometheusAlert {
        try JSONReader.read(Array(json.utf8), limits: .untrusted) { try PrometheusAlert(from: &$0) }
    }

    private func event(_ json: String) throws -> AlertEvent {
        try alert(json).finish(managerID: "m", receivedAt: received, resolveTimeout: 300_000).get()
    }

    private func fields(_ json: String) throws -> [String] {
        let result = try alert(json).finish(managerID: "m", receivedAt: received, resolveTimeout: 1)
        guard case .failure(let invalid) = result else { return [] }
        return invalid.problems.map(\.field)
    }

    /// The values are those of prometheus/common's own tests (model/signature_test.go).
    @Test func fingerprintsAsPrometheusDoes() throws {
        let labels = #"{"labels":{"name":"garland, briggs","fear":"love is not enough","empty":""}}"#
        #expect(try alert(labels).fingerprint == String(5_799_056_148_416_392_346 as UInt64, radix: 16))
        #expect(FNV1a64().value == 14_695_981_039_346_656_037)
        #expect(FNV1a64().hex == "cbf29ce484222325")
    }

    @Test func takesWhatPrometheusSends() throws {
        let event = try event(
            #"""
            {"labels":{"alertname":"HighCPU","instance":"a:9100","job":"node","severity":"critical"},
             "annotations":{"summary":"CPU of a is high","description":"x"},
             "startsAt":"2026-01-31T11:59:00.123Z","endsAt":"2026-01-31T12:04:00.123Z","generatorURL":"http://p/graph"}
            """#)
        #expect(event.action == .trigger)
        #expect(event.summary == "CPU of a is high")
        #expect(event.severity == .high)
        #expect(event.class == "HighCPU")
        #expect(event.source == "a:9100")
        #expect(event.expiresAt == Timestamp(rfc3339: "2026-01-31T12:04:00.123Z"))
        #expect(event.occurredAt == Timestamp(rfc3339: "2026-01-31T11:59:00.123Z"))
        #expect(event.isIdempotent)
        #expect(event.links?.string == #"[{"href":"http://p/graph","text":"Prometheus"}]"#)
        #expect(
            event.details?.string
                == #"{"labels":{"alertname":"HighCPU","instance":"a:9100","job":"node","severity":"critical"},"annotations":{"description":"x","summary":"CPU of a is high"},"startsAt":"2026-01-31T11:59:00.123Z"}"#
        )
    }

    @Test func endsDecideBetweenResolveAndExpiry() throws {
        let labels = #""labels":{"alertname":"A"}"#
        let ended = try event("{\(labels),\"startsAt\":\"2026-01-31T11:00:00Z\",\"endsAt\":\"2026-01-31T12:00:00Z\"}")
        #expect(ended.action == .resolve)
        #expect(try ended.dedupKey == event("{\(labels)}").dedupKey)
        let timeout = received.adding(milliseconds: 300_000)
        #expect(try event("{\(labels)}").expiresAt == timeout)
        #expect(try event("{\(labels),\"endsAt\":\"0001-01-01T00:00:00Z\"}").expiresAt == timeout)
        #expect(try event("{\(labels)}").summary == "A")
    }

    @Test func repeatsAreEqualButForIdentityAndExpiry() throws {
        func sent(_ end: String) throws -> AlertEvent {
            var event = try event(
                #"{"labels":{"alertname":"A","x":"1"},"annotations":{"b":"1","a":"2"},"startsAt":"2026-01-31T11:00:00Z","endsAt":"\#(end)"}"#
            )
            event.id = ""
            event.expiresAt = nil
            return event
        }
        #expect(try sent("2026-01-31T12:01:00Z") == sent("2026-01-31T12:02:00Z"))
    }

    @Test(arguments: [("page", Severity.high), ("ERROR", .high), ("warning", .medium), ("info", .low), ("none", .low)])
    func mapsSeverities(label: String, severity: Severity) throws {
        #expect(try event(#"{"labels":{"alertname":"A","severity":"\#(label)"}}"#).severity == severity)
    }

    @Test func listsWhatIsWrong() throws {
        #expect(try fields("{}") == ["labels"])
        #expect(try fields(#"{"labels":{}}"#) == ["labels"])
        #expect(try fields(#"{"labels":{"a":1}}"#) == ["labels.a"])
        #expect(try fields(#"{"labels":{"a":"x"},"startsAt":"2026-01-31T12:00:00Z","endsAt":"2026-01-31T11:00:00Z"}"#) == ["endsAt"])
        #expect(try fields(#"{"labels":{"a":"\u0000"},"startsAt":7}"#) == ["labels.a", "startsAt"])
    }
}

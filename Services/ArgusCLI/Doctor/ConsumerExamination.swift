// Judges the durable consumers of a stream.

import ArgusShared

/// What is to be said of a stream's consumers.
struct ConsumerExamination: Sendable {
    let stream: String
    /// As `$JS.API.CONSUMER.LIST` shows them.
    let consumers: [JSONValue]
    /// The consumers there should be, and who reads them.
    let expected: [String: String]

    /// Messages that a consumer may be behind before somebody should look.
    static let lag: Int64 = 1000

    /// Streams with durable consumers.
    static let expected: [(stream: String, consumers: [String: String])] = [
        (Streams.notifications.name, [Consumers.notifier.name: "alert-api"]),
        (Streams.telemetry().name, [Consumers.traceWriter.name: "otlp-collector", Consumers.logWriter.name: "otlp-collector"]),
        (Streams.processEvents().name, [:]),
        (Streams.observationName, [:]),
    ]

    var findings: [Finding] {
        let durable = consumers.filter { $0["config"]?["durable_name"]?.stringValue?.isEmpty == false }
        let names = durable.compactMap { $0["name"]?.stringValue }
        let missing = expected.keys.filter { !names.contains($0) }.sorted().map { name in
            Finding.warning(
                "consumer \(stream)/\(name)", "missing", advice: "start \(expected[name] ?? "its service"), which creates it")
        }
        return missing + durable.map(examine).sorted { $0.subject < $1.subject }
    }

    private func examine(_ consumer: JSONValue) -> Finding {
        func number(_ name: String) -> Int64 { consumer[name]?.integerValue ?? 0 }
        let name = consumer["name"]?.stringValue ?? ""
        let subject = "consumer \(stream)/\(name)"
        let reader = expected[name] ?? "the service that reads it"
        let counts = "\(number("num_pending")) wait, \(number("num_ack_pending")) in work, \(number("num_redelivered")) repeated"
        if number("num_waiting") == 0, number("num_pending") > 0 {
            return .problem(subject, "nobody reads it: \(counts)", advice: "start \(reader)")
        }
        if number("num_pending") > Self.lag {
            return .warning(subject, "behind: \(counts)", advice: "see whether \(reader) is ready, or start more of it")
        }
        return .ok(subject, counts)
    }
}

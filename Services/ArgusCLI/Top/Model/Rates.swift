// How much comes in.

import ArgusShared

/// Rates of events and spans. Services say how many they took in; of a bus without such services the messages are counted, each of which
/// holds several.
struct Rates: Sendable {
    /// What is counted.
    enum Subject: String, Sendable, CaseIterable {
        case events, spans, logs
        /// Messages of the bus.
        case batches, exports
    }

    /// The counters of one moment.
    struct Reading: Sendable, Hashable {
        var subject: Subject
        /// Who counts.
        var counter: String
        var value: Double
        var at: Timestamp
    }

    /// What waits to be worked on.
    struct Backlog: Sendable, Hashable {
        /// Batches of events.
        var events: UInt64 = 0
        /// Requests of telemetry.
        var telemetry: UInt64 = 0
    }

    private var meters: [Subject: RateMeter] = [:]
    var backlog: Backlog?

    mutating func take(_ readings: [Reading]) {
        for reading in readings { meters[reading.subject, default: RateMeter()].read(reading.counter, reading.value, at: reading.at) }
    }

    func perSecond(_ subject: Subject, at now: Timestamp) -> Double? {
        meters[subject]?.perSecond(at: now)
    }

    /// Ingest and telemetry in words, of the best that is known.
    func texts(at now: Timestamp) -> [String] {
        let ingest: [Subject] = perSecond(.events, at: now) == nil ? [.batches] : [.events]
        let telemetry: [Subject] = perSecond(.spans, at: now) == nil ? [.exports] : [.spans, .logs]
        return (ingest + telemetry).compactMap { subject in
            perSecond(subject, at: now).map { "\(Self.names[subject] ?? "") \(Self.text($0))" }
        }
    }

    private static let names: [Subject: String] = [
        .events: "events", .spans: "spans", .logs: "logs", .batches: "event batches", .exports: "OTLP messages",
    ]

    /// `0/s`, `3.4/s`, `120/s`, `12.3k/s`.
    static func text(_ perSecond: Double) -> String {
        switch perSecond {
        case ..<0.05: "0/s"
        case ..<10: "\((perSecond * 10).rounded() / 10)/s"
        case ..<10_000: "\(Int(perSecond.rounded()))/s"
        case ..<10_000_000: "\((perSecond / 100).rounded() / 10)k/s"
        default: "\((perSecond / 100_000).rounded() / 10)M/s"
        }
    }
}

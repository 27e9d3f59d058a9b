// Telemetry that arrives in pieces, in disorder and more than once.

import ArgusOTLP
import TestSupport

/// Makes up traces and logs, and cuts them into deliveries.
struct StoredTelemetryGenerator {
    var random: SeededGenerator
    /// Unix seconds between which spans start and logs are written.
    var times: Range<Int64>

    init(seed: UInt64, times: Range<Int64>) {
        random = SeededGenerator(seed: seed)
        self.times = times
    }

    /// Spans of whole traces; some have no root, some have two, some a parent that never comes.
    mutating func traces(_ count: Int) -> [StoredSpan] {
        (0..<count).flatMap { _ in trace() }
    }

    /// Batches of messages of spans: each span at least once, some twice, in any order.
    mutating func deliveries(_ spans: [StoredSpan], batches: Int) -> [[[StoredSpan]]] {
        var result = Array(repeating: [[StoredSpan]](), count: batches)
        for span in (spans + spans.filter { _ in Int.random(in: 0..<8, using: &random) == 0 }).shuffled(using: &random) {
            let batch = Int.random(in: 0..<batches, using: &random)
            if result[batch].isEmpty || Int.random(in: 0..<5, using: &random) == 0 {
                result[batch].append([span])
            } else {
                result[batch][result[batch].count - 1].append(span)
            }
        }
        // Whole batches come again, too.
        return (result + [result[Int.random(in: 0..<batches, using: &random)]]).filter { !$0.isEmpty }
    }

    /// Messages of logs.
    mutating func messages(_ count: Int, first: UInt64 = 1) -> [StoredMessage] {
        (0..<count).map { index in
            let records = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                StoredMessage.Record(
                    time: time(), severity: Int32.random(in: 0...24, using: &random), service: service(),
                    text: "log \(UInt64.random(in: 0...(.max), using: &random))")
            }
            return StoredMessage(sequence: first + UInt64(index), records: records)
        }
    }

    private mutating func trace() -> [StoredSpan] {
        let traceID = TraceID(high: random.next() | 1, low: random.next())
        let start = time()
        var spans: [StoredSpan] = []
        for index in 0..<Int.random(in: 1...9, using: &random) {
            let begin = start + Int64.random(in: 0...25_000_000_000, using: &random)
            let operation = "op\(Int.random(in: 0..<3, using: &random))"
            var span = StoredSpan(
                traceID: traceID, spanID: SpanID(value: random.next() | 1), parent: spans.randomElement(using: &random)?.spanID,
                service: service(), operation: operation, start: begin,
                end: begin + Int64.random(in: 0...9_000_000_000, using: &random) >> Int64.random(in: 0...20, using: &random),
                isError: Int.random(in: 0..<6, using: &random) == 0)
            switch Int.random(in: 0..<20, using: &random) {
            case 0: span.parent = SpanID(value: random.next() | 1)
            case 1: span.parent = nil
            case 2 where index == 0: span.parent = span.spanID
            default: break
            }
            spans.append(span)
        }
        return spans
    }

    private mutating func service() -> String {
        ["order", "payment", "inventory", "größe \"x\"", "a\u{0}b"].randomElement(using: &random) ?? ""
    }

    private mutating func time() -> Int64 {
        Int64.random(in: times, using: &random) * 1_000_000_000 + Int64.random(in: 0..<1_000_000_000, using: &random)
    }
}

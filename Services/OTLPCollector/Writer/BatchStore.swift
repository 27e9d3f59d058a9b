// Stores messages, and finds the ones among them that can never be stored.

import ArgusService

/// Messages that can never be stored, one by one.
struct PoisonMessage: Sendable, Hashable {
    var message: TelemetryMessage
    var reason: String
}

/// What became of messages.
struct StoreOutcome: Sendable {
    /// What is in the database now.
    var summary: WriteSummary
    /// Items that the decoder refused; the rest of their messages was stored.
    var refused: [RejectedItem]
    /// Messages that the database, or the decoder, will never take.
    var poison: [PoisonMessage]
}

/// A store of messages of one signal, whatever they are decoded into.
protocol MessageStore: Sendable {
    /// What it stores.
    var signal: OTLPSignal { get }

    /// Stores messages in one transaction if that is possible.
    ///
    /// - Throws: what `FailureKind` calls `.database` or `.stopping`. Some of the messages may have been stored by then.
    func store(_ messages: [TelemetryMessage]) async throws -> StoreOutcome
}

/// The store behind the writer and behind the replay of dead letters.
struct BatchStore<Sink: TelemetrySink>: MessageStore {
    let sink: Sink
    let metrics: WriterMetrics
    /// Called after each transaction that stored something new.
    let onCommit: @Sendable (WriteSummary) -> Void

    var signal: OTLPSignal { sink.signal }

    func store(_ messages: [TelemetryMessage]) async throws -> StoreOutcome {
        try await store(messages, decoded: sink.decode(messages))
    }

    /// The same for messages that were decoded before. Messages refused as a whole come back as poison.
    func store(_ messages: [TelemetryMessage], decoded: DecodedMessages<Sink.Batch>) async throws -> StoreOutcome {
        var outcome = StoreOutcome(summary: WriteSummary(signal: signal, stored: 0, duplicates: 0), refused: [], poison: [])
        outcome.refused = decoded.refused.filter { $0.kind != .message }
        for item in decoded.refused where item.kind == .message {
            outcome.poison += messages.filter(item.isOf).map { PoisonMessage(message: $0, reason: item.reason) }
        }
        guard decoded.items > 0 else { return outcome }
        do {
            outcome.summary.add(try await write(decoded))
        } catch  where FailureKind(error) == .batch {
            try await divide(decoded.readable(of: messages), because: error, into: &outcome)
        }
        return outcome
    }

    /// Stores the halves of a batch that the database does not take, and so on down to the message that is to blame.
    private func divide(_ messages: [TelemetryMessage], because error: any Error, into outcome: inout StoreOutcome) async throws {
        guard messages.count > 1 else {
            outcome.poison += messages.map { PoisonMessage(message: $0, reason: "the database does not take it: \(error)") }
            return
        }
        let middle = messages.count / 2
        for half in [Array(messages[..<middle]), Array(messages[middle...])] {
            let decoded = sink.decode(half)
            guard decoded.items > 0 else { continue }
            do {
                outcome.summary.add(try await write(decoded))
            } catch  where FailureKind(error) == .batch {
                try await divide(half, because: error, into: &outcome)
            }
        }
    }

    private func write(_ decoded: DecodedMessages<Sink.Batch>) async throws -> WriteSummary {
        let start = ContinuousClock.now
        let summary = try await sink.write(decoded.batch)
        metrics.transaction.record(.now - start)
        metrics.stored(summary)
        if summary.stored > 0 { onCommit(summary) }
        return summary
    }
}

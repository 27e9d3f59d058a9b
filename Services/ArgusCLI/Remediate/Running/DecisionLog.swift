// The decisions on the bus, written in order and read again.

import ArgusBus
import ArgusShared

/// The stream of decisions.
actor DecisionLog {
    private let bus: Bus
    private let instance: String
    private let epoch: Int64
    private var written = 0
    private var last: Task<Void, any Error>?

    init(_ bus: Bus, instance: String, epoch: Int64) {
        self.bus = bus
        self.instance = instance
        self.epoch = epoch
    }

    /// Returns when the bus has stored `decisions`, after all that were given before.
    func write(_ decisions: [RemediationDecision]) async throws {
        let previous = last
        let task = Task {
            try await previous?.value
            for decision in decisions { try await publish(decision) }
        }
        last = task
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Who decided is filled in.
    nonisolated func signed(_ decision: RemediationDecision) -> RemediationDecision {
        var decision = decision
        decision.instance = instance
        decision.epoch = epoch
        return decision
    }

    private func publish(_ decision: RemediationDecision) async throws {
        written += 1
        try await bus.publish(
            signed(decision).json, to: decision.subject, messageID: "remediation.\(instance).\(epoch).\(written)")
    }

    /// Gives an engine every decision that is kept, oldest first. What is none is skipped.
    static func replay(_ bus: Bus, into engine: inout RemediationEngine) async throws {
        let info = try await bus.streamInfo(Streams.remediations.name)
        let consumer = try await bus.replay(stream: Streams.remediations.name, from: info.firstSequence)
        var rest = consumer.initiallyPending
        while rest > 0 {
            let messages = try await consumer.next(max: 512, wait: .seconds(10))
            guard let pending = messages.last?.metadata?.pending else { break }
            for message in messages {
                if let decision = try? RemediationDecision(parsing: message.payload) { engine.replay(decision) }
            }
            rest = pending
        }
        await consumer.close()
    }
}

// Has something done with a process by whichever adapter follows it.

import ArgusBus
import ArgusShared

/// Sends commands and waits for what becomes of them.
struct ProcessCommander: Sendable {
    let bus: Bus
    let mirror: ProcessMirror
    /// How long whoever asks waits.
    var patience = Duration.milliseconds(ProcessCommand.lifetime)

    /// What became of a command; nil if no adapter said anything in time.
    ///
    /// - Throws: `BusError` if the command could not be sent.
    func carryOut(_ command: ProcessCommand) async throws(BusError) -> ProcessOutcome? {
        let deadline = ContinuousClock.now + patience
        let key = ProcessKey(namespace: command.namespace, name: command.name)
        guard let instance = await instance(of: key, until: deadline) else { return nil }
        let outcomes = bus.subscribe(to: Subjects.processOutcomes(id: command.id), capacity: 4)
        defer { outcomes.unsubscribe() }
        do throws(BusError) {
            _ = try await bus.publish(
                command.json, to: Subjects.processCommands(instance: instance), messageID: command.id, timeout: deadline - .now)
        } catch {
            // The stream is made by the first adapter.
            if error.code == .noResponders { return nil }
            throw error
        }
        let timer = Task {
            try? await Task.sleep(until: deadline)
            outcomes.unsubscribe()
        }
        defer { timer.cancel() }
        return await last(of: outcomes)
    }

    /// The final outcome, or that the command was accepted if there is none in time.
    private func last(of outcomes: Subscription) async -> ProcessOutcome? {
        var accepted: ProcessOutcome?
        for await message in outcomes {
            guard let outcome = ProcessOutcome(parsing: message.payload) else { continue }
            guard outcome.status == .accepted else { return outcome }
            accepted = outcome
        }
        return accepted
    }

    /// Right after the start no sample may have said yet whose process it is.
    private func instance(of key: ProcessKey, until deadline: ContinuousClock.Instant) async -> String? {
        while !Task.isCancelled {
            if let instance = mirror.process(key)?.instance { return instance }
            guard .now < deadline else { return nil }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }
}

// Removes from a partition's input what is committed, now and then and beside the work.

import ArgusBus
import ArgusShared
import Logging
import Synchronization

/// Purges an event stream lazily: one purge at a time, none soon after another. A purge that fails is made up for by the next.
final class InputPurger: Sendable {
    private struct State {
        var purged: UInt64 = 0
        var nextAt = ContinuousClock.now
        var isBusy = false
    }

    private static let pause = Duration.milliseconds(250)

    private let bus: Bus
    private let partition: Int
    private let logger: Logger
    private let hook: CheckpointHook
    private let state = Mutex(State())

    init(bus: Bus, partition: Int, logger: Logger, hook: @escaping CheckpointHook) {
        self.bus = bus
        self.partition = partition
        self.logger = logger
        self.hook = hook
    }

    /// Begins a purge of everything up to `sequence` if one is due. Does not wait.
    func advance(to sequence: UInt64) {
        let isDue = state.withLock { state in
            guard !state.isBusy, sequence > state.purged, ContinuousClock.now >= state.nextAt else { return false }
            state.isBusy = true
            return true
        }
        guard isDue else { return }
        Task { await purge(to: sequence) }
    }

    /// Purges everything up to `sequence` and waits for it.
    func finish(at sequence: UInt64) async {
        guard sequence > state.withLock({ $0.purged }) else { return }
        await purge(to: sequence)
    }

    private func purge(to sequence: UInt64) async {
        var purged: UInt64?
        do {
            try await hook(.beforePurge(partition: partition))
            try await bus.purge(stream: Streams.eventsName(partition: partition), before: sequence + 1)
            purged = sequence
        } catch {
            logger.debug("the input was not purged", metadata: ["partition": "\(partition)", "error": "\(error)"])
        }
        state.withLock { state in
            state.isBusy = false
            state.nextAt = ContinuousClock.now + Self.pause
            if let purged { state.purged = max(state.purged, purged) }
        }
    }
}

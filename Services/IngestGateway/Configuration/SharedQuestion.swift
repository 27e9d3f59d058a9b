// One question to the bus for many callers.

import Synchronization

/// Runs an operation whose effect holds for everyone who asked before it began.
///
/// At most one runs and one waits to run, however many ask; starts are `interval` apart.
final class SharedQuestion: Sendable {
    private struct State {
        var running: Task<Void, any Error>?
        /// Not begun yet: who joins it gets an answer that is not older than the question.
        var waiting: Task<Void, any Error>?
        var lastStart: ContinuousClock.Instant?
    }

    private let interval: Duration
    private let state = Mutex(State())

    init(interval: Duration) {
        self.interval = interval
    }

    /// Waits until the operation has run once from beginning to end. All callers give the same one.
    ///
    /// - Throws: What the operation throws.
    func ask(_ operation: @escaping @Sendable () async throws -> Void) async throws {
        let task = state.withLock { state in
            if let waiting = state.waiting { return waiting }
            let before = state.running
            let pause = state.lastStart.map { $0 + interval - .now } ?? .zero
            let task = Task {
                _ = await before?.result
                if pause > .zero { try await Task.sleep(for: pause) }
                self.begin()
                try await operation()
            }
            state.waiting = task
            return task
        }
        try await task.value
    }

    private func begin() {
        state.withLock { state in
            state.running = state.waiting
            state.waiting = nil
            state.lastStart = .now
        }
    }
}

// The changes that wait for one client.

import ArgusShared
import Synchronization

/// A bounded queue between the projection and one client. It never makes the projection wait: what does not fit ends the queue.
final class ChangeQueue: Sendable {
    /// What a client is told next.
    enum Item: Sendable {
        case changes([StreamedChange])
        /// Nothing came for a while.
        case heartbeat
        /// The client was too slow: changes were left out.
        case overflowed
        /// No more will come.
        case finished
    }

    private struct State {
        var waiting: [StreamedChange] = []
        var isOverflowed = false
        var isFinished = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// Changes that are written at once, and so the most that a client that does not read holds in memory for long.
    private static let changesPerWrite = 64

    private let capacity: Int
    private let filter: AlertFilter
    private let onOverflow: @Sendable () -> Void
    private let state = Mutex(State())

    /// A queue of at most `capacity` changes; `onOverflow` is called once, when one more came.
    init(filter: AlertFilter, capacity: Int, onOverflow: @escaping @Sendable () -> Void = {}) {
        self.filter = filter
        self.capacity = capacity
        self.onOverflow = onOverflow
    }

    /// Adds a change if the client wants it.
    func offer(_ change: StreamedChange) {
        guard filter.matches(change.change.alert) else { return }
        var overflows = false
        wake { state in
            guard !state.isOverflowed, !state.isFinished else { return }
            if state.waiting.count < capacity {
                state.waiting.append(change)
            } else {
                // The client resumes from the log: what waits here need not be kept until it reads again.
                state.waiting = []
                state.isOverflowed = true
                overflows = true
            }
        }
        if overflows { onOverflow() }
    }

    /// Ends the queue after what waits in it.
    func finish() {
        wake { $0.isFinished = true }
    }

    /// The next items, as soon as there are some; a heartbeat after `patience`.
    func next(patience: Duration) async -> Item {
        if let item = take() { return item }
        let timer = Task {
            try? await Task.sleep(for: patience)
            self.wake { _ in }
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.waiting.isEmpty || state.isOverflowed || state.isFinished || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            finish()
        }
        return take() ?? .heartbeat
    }

    private func take() -> Item? {
        state.withLock { state in
            if !state.waiting.isEmpty {
                let some = Array(state.waiting.prefix(Self.changesPerWrite))
                state.waiting.removeFirst(some.count)
                return .changes(some)
            }
            if state.isOverflowed { return .overflowed }
            return state.isFinished ? .finished : nil
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}

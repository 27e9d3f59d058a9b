// What one request waits for: all its chunks of events, in however many messages they travel.

import Synchronization

/// Counts down the chunks of one request and wakes it once.
final class CommitTicket: Sendable {
    private struct State {
        var remaining: Int
        var failures: [Int: PublishFailure] = [:]
        var waiter: CheckedContinuation<[Int: PublishFailure], Never>?
    }

    private let state: Mutex<State>

    /// A ticket for `count` chunks.
    init(count: Int) {
        state = Mutex(State(remaining: count))
    }

    /// Says how the chunk `index` ended. Each chunk ends once.
    func complete(_ index: Int, failure: PublishFailure?) {
        let (waiter, failures) = state.withLock { state -> (CheckedContinuation<[Int: PublishFailure], Never>?, [Int: PublishFailure]) in
            state.remaining -= 1
            if let failure { state.failures[index] = failure }
            guard state.remaining == 0 else { return (nil, [:]) }
            defer { state.waiter = nil }
            return (state.waiter, state.failures)
        }
        waiter?.resume(returning: failures)
    }

    /// Waits until all chunks have ended, and returns the failed ones' reasons by their index.
    ///
    /// Cancellation does not end the wait: the events are on their way by then, and every chunk ends within the batcher's patience.
    func wait() async -> [Int: PublishFailure] {
        await withCheckedContinuation { continuation in
            let done = state.withLock { state -> [Int: PublishFailure]? in
                guard state.remaining > 0 else { return state.failures }
                state.waiter = continuation
                return nil
            }
            if let done { continuation.resume(returning: done) }
        }
    }
}

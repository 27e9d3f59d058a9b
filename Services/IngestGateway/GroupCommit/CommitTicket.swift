// What one request waits for: all its chunks of events, in however many messages they travel.

import Synchronization

/// Counts down the chunks of one request and wakes it once.
final class CommitTicket: Sendable {
    /// Called with the failed chunks' reasons by their index.
    typealias Completion = @Sendable ([Int: PublishFailure]) -> Void

    private struct State {
        var remaining: Int
        var failures: [Int: PublishFailure] = [:]
        var completion: Completion?
    }

    private let state: Mutex<State>

    /// A ticket for `count` chunks that calls `completion` once all have ended.
    init(count: Int, completion: Completion? = nil) {
        state = Mutex(State(remaining: count, completion: completion))
    }

    /// Says how the chunk `index` ended. Each chunk ends once.
    func complete(_ index: Int, failure: PublishFailure?) {
        let (completion, failures) = state.withLock { state -> (Completion?, [Int: PublishFailure]) in
            state.remaining -= 1
            if let failure { state.failures[index] = failure }
            guard state.remaining == 0 else { return (nil, [:]) }
            defer { state.completion = nil }
            return (state.completion, state.failures)
        }
        completion?(failures)
    }

    /// Waits until all chunks have ended, and returns the failed ones' reasons by their index.
    ///
    /// Cancellation does not end the wait: the events are on their way by then, and every chunk ends within the batcher's patience.
    func wait() async -> [Int: PublishFailure] {
        await withCheckedContinuation { continuation in
            let done = state.withLock { state -> [Int: PublishFailure]? in
                guard state.remaining > 0 else { return state.failures }
                state.completion = { continuation.resume(returning: $0) }
                return nil
            }
            if let done { continuation.resume(returning: done) }
        }
    }
}

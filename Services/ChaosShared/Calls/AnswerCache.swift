// Remembers answers, so that the same request is worked on once.

import Synchronization

/// Answers by idempotency key, the newest ones up to a bound. Requests of a key that is being worked on wait for that work. Thread-safe.
public final class AnswerCache<Answer: Sendable>: Sendable {
    /// An answer, and whether it is somebody else's.
    public struct Found: Sendable {
        /// The answer.
        public let answer: Answer
        /// Whether it was given, or being worked on, before.
        public let isReplay: Bool
    }

    private struct Running {
        let fingerprint: UInt32
        let task: Task<Answer, any Error>
    }

    private struct Finished {
        let fingerprint: UInt32
        let answer: Answer
    }

    private struct State {
        var running: [String: Running] = [:]
        var finished: [String: Finished] = [:]
        /// Keys of `finished` in the order they came; a ring once it is full.
        var order: [String] = []
        var oldest = 0
    }

    private enum Step {
        case finished(Answer)
        case wait(Running, isLeader: Bool)
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// An empty cache of at most `capacity` answers.
    public init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Answers remembered.
    public var count: Int {
        state.withLock { $0.finished.count }
    }

    /// The answer of a key: the remembered one, that of the work in progress, or that of `work`.
    ///
    /// - Parameters:
    ///   - fingerprint: Stands for the request's contents.
    ///   - isFinal: Whether an answer is remembered; otherwise the next request of the key is worked on again.
    ///   - work: Cancelled with the task that called first; whoever waits for it then starts anew.
    /// - Throws: `IdempotencyKeyReused` where the key was used with other contents; what `work` throws.
    public func answer(
        to key: String, fingerprint: UInt32 = 0, isFinal: @Sendable (Answer) -> Bool,
        _ work: @escaping @Sendable () async throws -> Answer
    ) async throws -> Found {
        while true {
            switch try step(key, fingerprint, work) {
            case .finished(let answer):
                return Found(answer: answer, isReplay: true)
            case .wait(let running, isLeader: true):
                return Found(answer: try await lead(key, running, isFinal), isReplay: false)
            case .wait(let running, isLeader: false):
                if let answer = try? await running.task.value { return Found(answer: answer, isReplay: true) }
                try Task.checkCancellation()
            }
        }
    }

    private func step(_ key: String, _ fingerprint: UInt32, _ work: @escaping @Sendable () async throws -> Answer) throws -> Step {
        try state.withLock { state in
            if let known = state.finished[key] {
                guard known.fingerprint == fingerprint else { throw IdempotencyKeyReused() }
                return .finished(known.answer)
            }
            if let running = state.running[key] {
                guard running.fingerprint == fingerprint else { throw IdempotencyKeyReused() }
                return .wait(running, isLeader: false)
            }
            let running = Running(fingerprint: fingerprint, task: Task { try await work() })
            state.running[key] = running
            return .wait(running, isLeader: true)
        }
    }

    private func lead(_ key: String, _ running: Running, _ isFinal: @Sendable (Answer) -> Bool) async throws -> Answer {
        let result = await withTaskCancellationHandler {
            await running.task.result
        } onCancel: {
            running.task.cancel()
        }
        state.withLock { state in
            state.running[key] = nil
            guard case .success(let answer) = result, isFinal(answer) else { return }
            remember(key, Finished(fingerprint: running.fingerprint, answer: answer), &state)
        }
        return try result.get()
    }

    private func remember(_ key: String, _ entry: Finished, _ state: inout State) {
        state.finished[key] = entry
        if state.order.count < capacity {
            state.order.append(key)
        } else {
            state.finished[state.order[state.oldest]] = nil
            state.order[state.oldest] = key
            state.oldest = (state.oldest + 1) % capacity
        }
    }
}

/// An idempotency key was used before with other contents.
public struct IdempotencyKeyReused: Error, Sendable {}

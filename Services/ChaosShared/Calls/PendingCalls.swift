// Calls that wait for their answers.

import Synchronization

/// Waiting callers by correlation. Thread-safe.
final class PendingCalls: Sendable {
    private let waiting = Mutex<[String: AsyncStream<CallAnswer>.Continuation]>([:])

    /// Calls that wait.
    var count: Int {
        waiting.withLock { $0.count }
    }

    /// Hands an answer to its caller; false where nobody waits for it (any more).
    @discardableResult
    func resume(_ correlation: String, with answer: CallAnswer) -> Bool {
        guard let continuation = waiting.withLock({ $0.removeValue(forKey: correlation) }) else { return false }
        continuation.yield(answer)
        continuation.finish()
        return true
    }

    /// Sends a call and waits for its answer; nil where none came in time.
    ///
    /// - Throws: What `send` throws; `CancellationError`.
    func answer(
        to correlation: String, before deadline: CallDeadline, sending send: () async throws -> Void
    ) async throws -> CallAnswer? {
        let (stream, continuation) = AsyncStream.makeStream(of: CallAnswer.self, bufferingPolicy: .bufferingOldest(1))
        waiting.withLock { $0[correlation] = continuation }
        defer {
            waiting.withLock { $0[correlation] = nil }
            continuation.finish()
        }
        try await send()
        let answer = await withTaskGroup(of: CallAnswer?.self) { group in
            group.addTask {
                for await answer in stream { return answer }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: deadline.remaining())
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if answer == nil { try Task.checkCancellation() }
        return answer
    }
}

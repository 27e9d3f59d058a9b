// Work that may take longer than a client waits.

import ArgusService
import Synchronization

/// Runs one job of a kind at a time, and goes on with it when the client is gone.
final class LongJob<Result: Sendable>: Sendable {
    /// What a client is told.
    enum Outcome: Sendable {
        case done(Result)
        /// It goes on; ask again later.
        case running
    }

    private let patience: Duration
    private let task = Mutex<Task<Result, any Error>?>(nil)

    /// - Parameter patience: How long a client waits.
    init(patience: Duration = .seconds(20)) {
        self.patience = patience
    }

    /// Starts the job, or joins the one that runs, and waits for it a while.
    func run(_ body: @escaping @Sendable () async throws -> Result) async throws -> Outcome {
        let task = task.withLock { task in
            let running =
                task
                ?? Task {
                    defer { self.task.withLock { $0 = nil } }
                    return try await body()
                }
            task = running
            return running
        }
        let (results, continuation) = AsyncStream.makeStream(
            of: Swift.Result<Result, any Error>?.self, bufferingPolicy: .bufferingOldest(1))
        Task { continuation.yield(await task.result) }
        let timer = Task {
            try? await Task.sleep(for: patience)
            continuation.yield(nil)
        }
        defer { timer.cancel() }
        for await result in results {
            guard let result else { return .running }
            return .done(try result.get())
        }
        return .running
    }
}

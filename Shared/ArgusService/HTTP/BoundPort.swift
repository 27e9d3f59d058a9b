// Lets others wait until a server listens, and on which port.

import Synchronization

/// The port of a server that is about to listen.
public final class BoundPort: Sendable {
    private struct State {
        var result: Result<Int, any Error>?
        var waiters: [CheckedContinuation<Int, any Error>] = []
    }

    private let state = Mutex(State())

    /// A port that is not known yet.
    public init() {}

    /// The port, once the server listens.
    ///
    /// - Throws: What kept the server from listening.
    public func wait() async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.waiters.append(continuation) }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// The server listens.
    public func succeed(_ port: Int) { finish(.success(port)) }

    /// The server will not listen (any more). Has no effect on a port that is known.
    public func fail(_ error: any Error) { finish(.failure(error)) }

    private func finish(_ result: Result<Int, any Error>) {
        let waiters = state.withLock { state in
            if state.result == nil { state.result = result }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(with: result) }
    }
}

// Ctrl-C, SIGTERM and their kind: cancel what runs, so that it ends in good order.

import Dispatch
import Glibc

/// Turns signals into cancellation.
enum Interruption {
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    /// Runs `body`; the first signal cancels it, the second ends the program at once.
    static func cancelling(_ body: @escaping @Sendable () async -> CommandStatus) async -> CommandStatus {
        let task = Task { await body() }
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if task.isCancelled { exit(128 + number) }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return await task.value
    }

    /// Runs a `body` that lasts until it is interrupted, which is no failure then.
    static func following(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            guard Task.isCancelled else { throw error }
        }
    }
}

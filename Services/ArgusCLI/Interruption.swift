// Ctrl-C, SIGTERM and their kind: cancel what runs, so that it ends in good order.

import Dispatch
import Glibc
import Synchronization

/// Turns signals into cancellation.
enum Interruption {
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    /// The first signal that came; 0 while there was none.
    private static let first = Atomic<Int32>(0)

    /// Runs `body`; the first signal cancels it, the second ends the program at once.
    static func cancelling(_ body: @escaping @Sendable () async -> CommandStatus) async -> CommandStatus {
        let task = Task { await body() }
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                guard first.compareExchange(expected: 0, desired: number, ordering: .sequentiallyConsistent).exchanged else {
                    exit(128 + number)
                }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return await task.value
    }

    /// Runs a `body` that follows something until it is interrupted, which is how the command ends then: a script that is interrupted
    /// with it goes no further, as with `tail -f`.
    static func following(_ body: () async throws -> Void) async throws {
        try await body()
        try Task.checkCancellation()
    }

    /// Runs a `body` that does its work until it is told to end, which is its normal end.
    static func lasting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            guard Task.isCancelled else { throw error }
        }
    }

    /// Ends the program as the signal that interrupted it would have: a shell looks at that, not only at the exit code, to see whether
    /// its script was interrupted as well. Returns if none did.
    static func endBySignal() {
        let number = first.load(ordering: .sequentiallyConsistent)
        guard number != 0 else { return }
        // SIGQUIT would leave a core file behind.
        if number != SIGQUIT {
            var mask = sigset_t()
            sigemptyset(&mask)
            sigaddset(&mask, number)
            pthread_sigmask(SIG_UNBLOCK, &mask, nil)
            signal(number, SIG_DFL)
            raise(number)
        }
        // The first process of a container is not ended by signals that it does not handle.
        exit(128 + number)
    }
}

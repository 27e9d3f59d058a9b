// What both writers and the replay of dead letters know of the database's health.

import ArgusService
import Logging
import Synchronization

/// The one state of the database for everybody who writes to it. Thread-safe.
final class DatabaseOutage: Sendable {
    /// The database fails.
    struct Failing: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var policy: OutagePolicy
        var lastError = ""
        var onChange: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>
    private let logger: Logger

    /// - Parameter patience: How long failures are waited out before batches go to files.
    init(patience: Duration, logger: Logger) {
        state = Mutex(State(policy: OutagePolicy(patience: patience)))
        self.logger = logger
    }

    /// Calls `body` whenever an outage began or ended.
    func onChange(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.onChange.append(body) }
    }

    /// Whether batches go to files instead.
    var isAway: Bool { state.withLock { $0.policy.isAway } }

    /// What the last attempt that failed said.
    var lastError: String { state.withLock { $0.lastError } }

    /// Decides about a batch that is ready.
    func admit() -> OutagePolicy.Admission {
        state.withLock { $0.policy.admit(at: .now) }
    }

    /// An attempt failed.
    func failed(_ error: any Error) -> OutagePolicy.Verdict {
        let (verdict, begun) = state.withLock { state in
            let wasAway = state.policy.isAway
            state.lastError = "\(error)"
            let verdict = state.policy.failed(at: .now, jitter: .random(in: 0...1))
            return (verdict, !wasAway && state.policy.isAway ? state.onChange : nil)
        }
        if let begun {
            logger.error("the database is away: batches go to dead-letter files", metadata: [LogKey.error: "\(error)"])
            for body in begun { body() }
        }
        return verdict
    }

    /// The database answered.
    func succeeded() {
        let recovered = state.withLock { state in state.policy.succeeded() ? state.onChange : nil }
        guard let recovered else { return }
        logger.notice("the database is back")
        for body in recovered { body() }
    }

    /// A batch was written to a file. If the outage ended meanwhile, those who wait for its end are told once more.
    func spilled() {
        let late = state.withLock { state in state.policy.isAway ? nil : state.onChange }
        for body in late ?? [] { body() }
    }

    /// For `/readyz`.
    func check() throws {
        try state.withLock { state in
            switch state.policy.phase {
            case .normal: break
            case .failing: throw Failing(description: "writing to the database fails: \(state.lastError)")
            case .away: throw Failing(description: "the database is away, batches go to dead-letter files: \(state.lastError)")
            }
        }
    }
}

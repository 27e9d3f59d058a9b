// What the projection says about itself.

import ArgusService
import ArgusShared
import Synchronization

/// How far the projection is. Thread-safe.
final class ProjectionHealth: Sendable {
    /// The projection is not as it should be.
    struct Unready: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var failure: String?
        var hasCaughtUp = false
        var behind: UInt64 = 0
        var lastCommit: Timestamp?
    }

    private let state = Mutex(State())

    /// Commits that are in the log and not in the database.
    var behind: UInt64 { state.withLock { $0.behind } }

    /// Something failed and is tried again.
    func failed(_ reason: String) {
        state.withLock { $0.failure = reason }
    }

    /// A batch was applied, or there was none to apply.
    func progressed(behind: UInt64) {
        state.withLock { state in
            state.failure = nil
            state.behind = behind
            if behind == 0 { state.hasCaughtUp = true }
        }
    }

    /// For `/readyz`.
    func check() throws {
        try state.withLock { state in
            if let failure = state.failure { throw Unready(description: failure) }
            if !state.hasCaughtUp { throw Unready(description: "catching up with the commit log, \(state.behind) commits behind") }
        }
    }
}

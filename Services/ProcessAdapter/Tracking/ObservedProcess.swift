// One process as process-compose reports it at one moment.

import ArgusShared

/// A process's state with what only the tracker needs.
struct ObservedProcess: Sendable, Hashable {
    var state: ProcessState
    /// Exit codes besides 0 that are no failure.
    var successExitCodes: [Int64] = []
    /// When the last run ended, if process-compose says so: a text that differs from run to run.
    var runEnd: String?

    /// Whether a run is under way.
    var isAlive: Bool {
        state.isRunning || Status.alive.contains(state.status)
    }

    /// Whether the last run ended well, by its exit code.
    var endedWell: Bool {
        state.status != Status.error && (state.exitCode == 0 || successExitCodes.contains(state.exitCode))
    }
}

/// Statuses of process-compose that mean something to the tracker.
enum Status {
    static let terminating = "Terminating"
    static let restarting = "Restarting"
    static let completed = "Completed"
    static let error = "Error"
    static let skipped = "Skipped"
    /// Ours: the process is no longer part of the project.
    static let removed = "Removed"

    static let alive: Set<String> = ["Running", "Launched", terminating]
    /// A run has ended and, unless it is restarted, that is how things stay.
    static let ended: Set<String> = [completed, error]
}

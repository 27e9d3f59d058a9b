// A process as the dashboard knows it.

import ArgusShared
import ProcessCompose

/// One row of the grid.
struct TopProcess: Sendable, Hashable {
    /// Which process it is.
    struct ID: Sendable, Hashable, Comparable {
        let namespace: String
        let name: String

        init(_ state: ProcessState) {
            (namespace, name) = (state.namespace, state.name)
        }

        var text: String { "\(namespace)/\(name)" }

        static func < (left: ID, right: ID) -> Bool {
            (left.namespace, left.name) < (right.namespace, right.name)
        }
    }

    /// How it does, the worst first.
    enum Condition: Int, Sendable, Comparable {
        case failed, unhealthy, changing, up, ended

        static func < (left: Condition, right: Condition) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    var state: ProcessState
    /// The adapter's time of `state`.
    var asOf: Timestamp
    /// Since when it runs, by this machine's clock.
    var startedAt: Timestamp?
    /// What happened to it last.
    var lastEvent: ProcessEvent.Kind?

    var id: ID { ID(state) }

    var isAlive: Bool {
        ProcessStatus.alive.contains(state.status) || !ProcessStatus.idle.contains(state.status) && state.isRunning
    }

    var condition: Condition {
        if isAlive { return state.readiness == .notReady ? .unhealthy : .up }
        switch state.status {
        case ProcessStatus.error: return .failed
        case ProcessStatus.completed where lastEvent == .crashed || lastEvent == nil && state.exitCode != 0: return .failed
        case ProcessStatus.restarting, ProcessStatus.launching: return .changing
        default: return .ended
        }
    }

    /// Milliseconds that it has been running; nil if it does not, or nobody said.
    func uptime(at now: Timestamp) -> Int64? {
        guard isAlive, let startedAt else { return nil }
        return max(0, now.milliseconds - startedAt.milliseconds)
    }
}

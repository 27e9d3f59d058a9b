// Turns what process-compose says of its processes into what happened to them. Pure: no clock, no I/O.

import ArgusShared
import ProcessCompose

/// The processes of one process-compose as they were last seen, and the rules by which a difference becomes events.
struct ProcessTracker: Sendable {
    /// A process's identity.
    struct Key: Sendable, Hashable, Comparable {
        var namespace: String
        var name: String

        init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }

        init(_ state: ProcessState) {
            self.init(namespace: state.namespace, name: state.name)
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.namespace, left.name) < (right.namespace, right.name)
        }
    }

    private var known: [Key: TrackedProcess] = [:]

    /// Whose processes they are, in order.
    var keys: [Key] { known.keys.sorted() }

    /// Whether the process was seen or adopted, and not forgotten.
    func knows(_ key: Key) -> Bool { known[key] != nil }

    /// Takes up what was published last of a process: before the adapter was restarted, by another adapter, or by this one before the
    /// rest of what it had to say could not be published.
    mutating func adopt(_ event: ProcessEvent) {
        let key = Key(event.state)
        guard event.state.status != ProcessStatus.removed else {
            known[key] = nil
            return
        }
        known[key] = TrackedProcess(adopting: event, after: known[key])
    }

    /// Remembers that the present run of a process is asked to end, so that its end until then is no crash.
    mutating func expectStop(of key: Key, until deadline: Timestamp) {
        known[key]?.stopExpectedUntil = deadline
    }

    /// What one process's state says that was not known.
    mutating func observe(_ process: ObservedProcess, at time: Timestamp) -> [ProcessEvent] {
        let key = Key(process.state)
        guard let before = known[key] else {
            let now = TrackedProcess(introducing: process)
            known[key] = now
            return introduction(of: process, now, at: time)
        }
        var now = before
        let lifecycle = now.look(at: process, at: time)
        var events = lifecycle.map { event($0, process, now, at: time) }
        if events.isEmpty, process.state.status != before.seen.state.status {
            var change = event(.statusChanged, process, now, at: time)
            change.oldStatus = before.seen.state.status
            change.newStatus = process.state.status
            events.append(change)
        }
        if let kind = now.healthChange() { events.append(event(kind, process, now, at: time)) }
        known[key] = now
        return events
    }

    /// What it means that a process is no longer there.
    mutating func forget(_ key: Key, at time: Timestamp) -> [ProcessEvent] {
        guard let gone = known.removeValue(forKey: key)?.seen else { return [] }
        var state = gone.state
        state.status = ProcessStatus.removed
        state.isRunning = false
        state.pid = 0
        state.readiness = .unknown
        var event = ProcessEvent(gone.isAlive ? .stopped : .statusChanged, state: state, at: time)
        if gone.isAlive {
            event.exitCode = gone.state.exitCode
        } else {
            event.oldStatus = gone.state.status
            event.newStatus = ProcessStatus.removed
        }
        return [event]
    }

    private func introduction(of process: ObservedProcess, _ now: TrackedProcess, at time: Timestamp) -> [ProcessEvent] {
        if process.isAlive {
            let started = event(.started, process, now, at: time)
            return process.state.readiness == .ready ? [started, event(.healthy, process, now, at: time)] : [started]
        }
        if process.hasEnded, !process.endedWell { return [event(.crashed, process, now, at: time)] }
        var change = event(.statusChanged, process, now, at: time)
        change.newStatus = process.state.status
        return [change]
    }

    private func event(
        _ kind: ProcessEvent.Kind, _ process: ObservedProcess, _ now: TrackedProcess, at time: Timestamp
    ) -> ProcessEvent {
        var event = ProcessEvent(kind, state: process.state, at: time)
        event.state.isRunning = process.isAlive
        event.state.pid = process.isAlive ? now.certainPid ?? 0 : 0
        switch kind {
        case .crashed:
            event.exitCode = process.state.exitCode
            event.restarts = process.state.restarts
        case .stopped: event.exitCode = process.state.exitCode
        case .restarted: event.restarts = process.state.restarts
        default: break
        }
        return event
    }
}

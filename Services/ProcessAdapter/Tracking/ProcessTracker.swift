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

    private struct Known {
        var seen: ObservedProcess
        /// Somebody asked the present run to end.
        var isAskedToStop: Bool
        /// The last run ended and the next one will be a restart of it.
        var isRestarting: Bool
        /// What was said of its health last, since it began to run; nil while nothing was.
        var isHealthy: Bool?
    }

    private var known: [Key: Known] = [:]

    /// The processes that are known, in order.
    var processes: [ObservedProcess] {
        known.sorted { $0.key < $1.key }.map(\.value.seen)
    }

    /// Whose processes they are, in order.
    var keys: [Key] { known.keys.sorted() }

    /// Takes up what was published last of a process, for example before the adapter was restarted.
    mutating func adopt(_ event: ProcessEvent) {
        let key = Key(event.state)
        guard event.state.status != ProcessStatus.removed else {
            known[key] = nil
            return
        }
        let previous = known[key]
        known[key] = Known(
            seen: ObservedProcess(
                state: event.state, successExitCodes: previous?.seen.successExitCodes ?? [], runEnd: previous?.seen.runEnd),
            isAskedToStop: event.state.status == ProcessStatus.terminating || previous?.isAskedToStop == true,
            isRestarting: [event.state.status, event.oldStatus].contains(ProcessStatus.restarting),
            isHealthy: event.kind == .unhealthy ? false : event.state.readiness == .ready ? true : nil)
    }

    /// Remembers that the present run of a process is asked to end, so that its end is no crash.
    mutating func expectStop(of key: Key) {
        known[key]?.isAskedToStop = true
    }

    /// What a complete list says that was not known: events in the order of namespaces, names, and what happened first.
    mutating func observe(all processes: [ObservedProcess], at time: Timestamp) -> [ProcessEvent] {
        var events: [ProcessEvent] = []
        let present = Dictionary(processes.map { (Key($0.state), $0) }) { _, last in last }
        for key in Set(known.keys).union(present.keys).sorted() {
            if let process = present[key] {
                events += observe(process, at: time)
            } else {
                events += forget(key, at: time)
            }
        }
        return events
    }

    /// What one process's state says that was not known.
    mutating func observe(_ process: ObservedProcess, at time: Timestamp) -> [ProcessEvent] {
        let key = Key(process.state)
        guard let before = known[key] else {
            let events = introduce(process, at: time)
            known[key] = Known(
                seen: process, isAskedToStop: process.state.status == ProcessStatus.terminating,
                isRestarting: process.state.status == ProcessStatus.restarting,
                isHealthy: process.isAlive && process.state.readiness == .ready ? true : nil)
            return events
        }
        var now = before
        now.seen = process
        if process.state.status == ProcessStatus.terminating { now.isAskedToStop = true }
        if process.state.status == ProcessStatus.restarting || process.state.restarts > before.seen.state.restarts {
            now.isRestarting = true
        }
        let lifecycle = Lifecycle(
            before: before.seen, now: process, isAskedToStop: now.isAskedToStop, isRestarting: before.isRestarting || now.isRestarting)
        var events = lifecycle.kinds.map { event($0, process, at: time) }
        if events.isEmpty, process.state.status != before.seen.state.status {
            var change = ProcessEvent(.statusChanged, state: process.state, at: time)
            change.oldStatus = before.seen.state.status
            change.newStatus = process.state.status
            events.append(change)
        }
        if lifecycle.beginsRun { now.isAskedToStop = process.state.status == ProcessStatus.terminating }
        if process.isAlive { now.isRestarting = false }
        if !lifecycle.kinds.isEmpty { now.isHealthy = nil }
        if let kind = healthChange(of: process, from: now.isHealthy) {
            now.isHealthy = kind == .healthy
            events.append(ProcessEvent(kind, state: process.state, at: time))
        }
        known[key] = now
        return events
    }

    private func introduce(_ process: ObservedProcess, at time: Timestamp) -> [ProcessEvent] {
        if process.isAlive {
            let started = event(.started, process, at: time)
            return process.state.readiness == .ready ? [started, event(.healthy, process, at: time)] : [started]
        }
        if ProcessStatus.ended.contains(process.state.status) || process.state.status == ProcessStatus.restarting, !process.endedWell {
            return [event(.crashed, process, at: time)]
        }
        var change = ProcessEvent(.statusChanged, state: process.state, at: time)
        change.newStatus = process.state.status
        return [change]
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

    private func healthChange(of process: ObservedProcess, from isHealthy: Bool?) -> ProcessEvent.Kind? {
        guard process.isAlive else { return nil }
        return switch (process.state.readiness, isHealthy) {
        case (.ready, nil), (.ready, false): .healthy
        case (.notReady, true): .unhealthy
        default: nil
        }
    }

    private func event(_ kind: ProcessEvent.Kind, _ process: ObservedProcess, at time: Timestamp) -> ProcessEvent {
        var event = ProcessEvent(kind, state: process.state, at: time)
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

/// What happened to a process's runs between two looks at it.
private struct Lifecycle {
    /// The events, in order.
    let kinds: [ProcessEvent.Kind]
    /// Whether a run began.
    let beginsRun: Bool

    init(before: ObservedProcess, now: ObservedProcess, isAskedToStop: Bool, isRestarting: Bool) {
        let end: ProcessEvent.Kind = isAskedToStop || now.endedWell || now.state.status == ProcessStatus.skipped ? .stopped : .crashed
        let isRestarted = now.state.restarts > before.state.restarts
        switch (before.isAlive, now.isAlive) {
        case (true, true):
            kinds = isRestarted || Self.isAnotherRun(before, now) ? [end, .restarted, .started] : []
        case (true, false):
            // With a restart in between, the run that was seen ended and so did a later one.
            kinds = isRestarted && now.state.status != ProcessStatus.restarting ? [end, .restarted, .started, end] : [end]
        case (false, true):
            kinds = isRestarting ? [.restarted, .started] : [.started]
        case (false, false):
            kinds = Self.unseenRun(before, now, isRestarted: isRestarted, end: end)
        }
        beginsRun = kinds.contains(.started)
    }

    private static func isAnotherRun(_ before: ObservedProcess, _ now: ObservedProcess) -> Bool {
        before.state.pid != 0 && now.state.pid != 0 && before.state.pid != now.state.pid
    }

    /// A run that began and ended while nobody looked.
    private static func unseenRun(
        _ before: ObservedProcess, _ now: ObservedProcess, isRestarted: Bool, end: ProcessEvent.Kind
    ) -> [ProcessEvent.Kind] {
        let hasEnded = ProcessStatus.ended.contains(now.state.status) || now.state.status == ProcessStatus.restarting
        guard hasEnded else { return [] }
        if isRestarted { return [.restarted, .started, end] }
        if ProcessStatus.ended.contains(before.state.status) || before.state.status == ProcessStatus.restarting {
            guard let first = before.runEnd, let second = now.runEnd, first != second else { return [] }
        }
        // What could not even be launched never ran.
        return now.state.status == ProcessStatus.error ? [.crashed] : [.started, end]
    }
}

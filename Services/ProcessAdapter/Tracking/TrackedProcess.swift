// One process between two looks at it: what was seen, and what was said of it.

import ArgusShared
import ProcessCompose

/// What is known of a process.
struct TrackedProcess: Sendable {
    private(set) var seen: ObservedProcess
    /// Until when the end of the present run counts as asked for by one of us.
    var stopExpectedUntil: Timestamp?
    /// Process-compose was seen ending the present run.
    private var isTerminating: Bool
    /// The last run ended and the next one will be a restart of it.
    private var isRestarting: Bool
    /// What was said of its health last, since it began to run; nil while nothing was.
    private var isHealthy: Bool?
    /// The pid of the last run that was told; nil until process-compose says it.
    private var pid: Int64?
    /// Whether `pid` is no guess: it is one for a run that begins in the first look after an adoption, when the stale one is not known.
    private var isPidCertain = true
    private var isAdopted = false
    /// What process-compose reports for a pid until it knows that of the last run: it publishes that a process runs before.
    private var stalePid: Int64
    /// The most that `restarts` may be without another run. It is counted up a moment after a process is said to be restarting.
    private var expectedRestarts: Int64

    /// The pid of the last run, as far as it is beyond doubt.
    var certainPid: Int64? { isPidCertain ? pid : nil }

    /// A process that was never seen before.
    init(introducing process: ObservedProcess) {
        seen = process
        isTerminating = process.state.status == ProcessStatus.terminating
        isRestarting = process.state.status == ProcessStatus.restarting
        isHealthy = process.isAlive && process.state.readiness == .ready ? true : nil
        pid = process.reportedPid == 0 ? nil : process.reportedPid
        stalePid = 0
        expectedRestarts = process.state.restarts + (isRestarting ? 1 : 0)
    }

    /// A process of which `event` was published last. What belongs to an event before the last of a look is completed by the next look.
    init(adopting event: ProcessEvent, after previous: TrackedProcess?) {
        var state = event.state
        let isAlive = ObservedProcess(state: state).isAlive
        switch event.kind {
        case .crashed, .stopped: if isAlive { state.status = ProcessStatus.restarting }
        case .restarted: state.status = ProcessStatus.launching
        case .started: if !isAlive { state.status = ProcessStatus.running }
        default: break
        }
        // Runs that another adapter told and this one never saw may lie between: what is known of the run before need not be of the last.
        let isOfLastRun = ![.started, .stopped, .crashed].contains(event.kind)
        seen = ObservedProcess(
            state: state, successExitCodes: previous?.seen.successExitCodes ?? [], runEnd: isOfLastRun ? previous?.seen.runEnd : nil,
            reportedPid: isOfLastRun ? previous?.seen.reportedPid ?? 0 : event.state.pid)
        isTerminating = state.status == ProcessStatus.terminating || event.kind != .started && previous?.isTerminating == true
        stopExpectedUntil = event.kind == .started ? nil : previous?.stopExpectedUntil
        isRestarting = event.kind != .restarted && [state.status, event.oldStatus].contains(ProcessStatus.restarting)
        isHealthy =
            switch event.kind {
            case .healthy: true
            case .unhealthy: false
            case .started: nil
            default: seen.isAlive && state.readiness == .ready ? true : nil
            }
        pid = event.state.pid != 0 ? event.state.pid : seen.isAlive || !isOfLastRun ? nil : previous?.pid
        isPidCertain = previous == nil || pid != nil
        stalePid = previous?.stalePid ?? 0
        isAdopted = true
        expectedRestarts = state.restarts + (state.status == ProcessStatus.restarting ? 1 : 0)
    }

    /// Takes up a look; returns what began and ended since the one before, in order.
    mutating func look(at process: ObservedProcess, at time: Timestamp) -> [ProcessEvent.Kind] {
        let before = seen
        seen = process
        if process.state.status == ProcessStatus.terminating { isTerminating = true }
        if process.reportedPid == pid {
            isPidCertain = true
        } else if !isPidCertain, process.reportedPid != 0 {
            isPidCertain = pid != nil
            pid = process.reportedPid
        }
        let hasOtherPid = process.reportedPid != 0 && pid.map { $0 != process.reportedPid } ?? false
        let kinds = lifecycle(from: before, to: process, hasOtherPid: hasOtherPid, end: end(of: process, at: time))
        remember(process, kinds, before)
        return kinds
    }

    /// What is to be said of the process's health after a look.
    mutating func healthChange() -> ProcessEvent.Kind? {
        guard seen.isAlive else { return nil }
        switch (seen.state.readiness, isHealthy) {
        case (.ready, nil), (.ready, false):
            isHealthy = true
            return .healthy
        case (.notReady, true):
            isHealthy = false
            return .unhealthy
        default: return nil
        }
    }

    private func end(of process: ObservedProcess, at time: Timestamp) -> ProcessEvent.Kind {
        let isExpected = stopExpectedUntil.map { time <= $0 } ?? false
        let isGood = isTerminating || isExpected || process.endedWell || process.state.status == ProcessStatus.skipped
        return isGood ? .stopped : .crashed
    }

    private func lifecycle(
        from before: ObservedProcess, to now: ObservedProcess, hasOtherPid: Bool, end: ProcessEvent.Kind
    ) -> [ProcessEvent.Kind] {
        let hasRestarted = now.state.restarts > before.state.restarts
        switch (before.isAlive, now.isAlive) {
        case (true, true): return hasRestarted || hasOtherPid ? [end, .restarted, .started] : []
        case (true, false):
            let another =
                now.state.status == ProcessStatus.restarting
                ? now.state.restarts > before.state.restarts + 1 : ProcessStatus.ended.contains(now.state.status) && hasRestarted
            // The run that was seen ended and so did a later one.
            return another || hasOtherPid && now.hasEnded ? [end, .restarted, .started, end] : [end]
        case (false, true): return isRestarting || now.state.restarts > expectedRestarts ? [.restarted, .started] : [.started]
        case (false, false): return unseenRun(from: before, to: now, hasOtherPid: hasOtherPid, end: end)
        }
    }

    /// A run that began and ended while nobody looked.
    private func unseenRun(
        from before: ObservedProcess, to now: ObservedProcess, hasOtherPid: Bool, end: ProcessEvent.Kind
    ) -> [ProcessEvent.Kind] {
        guard now.hasEnded else { return [] }
        if before.hasEnded {
            let hasOtherEnd = before.runEnd.map { first in now.runEnd.map { $0 != first } ?? false } ?? false
            guard hasOtherPid || hasOtherEnd || now.state.restarts > expectedRestarts else { return [] }
        } else if now.state.status == ProcessStatus.error {
            // What could not even be launched never ran.
            return [.crashed]
        }
        let isRestart = isRestarting || now.state.status != ProcessStatus.restarting && now.state.restarts > expectedRestarts
        return isRestart ? [.restarted, .started, end] : [.started, end]
    }

    private mutating func remember(_ process: ObservedProcess, _ kinds: [ProcessEvent.Kind], _ before: ObservedProcess) {
        if kinds.contains(.started) {
            isTerminating = process.state.status == ProcessStatus.terminating
            stopExpectedUntil = nil
            stalePid = before.reportedPid
            pid = nil
            isPidCertain = !isAdopted || before.reportedPid != 0
        }
        isAdopted = false
        if pid == nil, process.reportedPid != 0, process.reportedPid != stalePid { pid = process.reportedPid }
        if !kinds.isEmpty { isHealthy = nil }
        let hasRun = before.isAlive || !kinds.isEmpty
        if process.state.status == ProcessStatus.restarting {
            isRestarting = true
            expectedRestarts = max(process.state.restarts, expectedRestarts + (hasRun ? 1 : 0))
        } else {
            if process.isAlive || ProcessStatus.ended.contains(process.state.status) {
                isRestarting = false
            } else if before.isAlive, process.state.restarts > before.state.restarts {
                isRestarting = true
            }
            expectedRestarts = process.state.restarts
        }
    }
}

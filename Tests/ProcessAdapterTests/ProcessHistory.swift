// A model of process-compose's supervision of one process: what it shows at each step, and what truly happened.

import ArgusShared
import ProcessCompose

/// A process that lives a random life. Independent of the tracker: it knows the truth and needs no inference.
///
/// As in process-compose, the state that is published when a run begins has the pid of the run before, `is_running` of what is published
/// is stale, a restart is counted a moment after the state says Restarting, and the pid stays when the process has ended.
struct ProcessHistory {
    private(set) var shown: ObservedProcess
    /// What happened, in order, but for changes of status.
    private(set) var truth: [ProcessEvent.Kind] = []
    private(set) var isAlive = false
    /// Whether all that happened is shown.
    var isSettled: Bool { !countsRestart && (!isAlive || shown.reportedPid == realPid) }
    private var isStopping = false
    private var realPid: Int64 = 0
    private var nextPid: Int64
    private var wasHealthy: Bool?
    private var isRestarting = false
    private var countsRestart = false

    init(name: String, firstPid: Int64) {
        shown = ObservedProcess(state: ProcessState(name: name, status: "Pending"))
        nextPid = firstPid
    }

    /// Something happens, or what happened is shown a moment later.
    mutating func step(using random: inout SeededRandom) {
        if countsRestart {
            countsRestart = false
            shown.state.restarts += 1
        } else if isAlive, shown.reportedPid != realPid {
            shown.reportedPid = realPid
            shown.state.pid = realPid
            shown.state.isRunning = true
        } else if isStopping {
            end(code: [0, 1, 143].randomElement(using: &random) ?? 0, isRestarted: false)
        } else if isAlive {
            stepAlive(using: &random)
        } else {
            stepDead(using: &random)
        }
    }

    private mutating func stepAlive(using random: inout SeededRandom) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            shown.state.status = "Terminating"
            shown.state.readiness = .unknown
            isStopping = true
        case 1: end(code: 0, isRestarted: false)
        case 2: end(code: 3, isRestarted: false)
        case 3: end(code: Int64.random(in: 1...2, using: &random), isRestarted: true)
        case 4: end(code: Int64.random(in: 0...1, using: &random), isRestarted: true)
        default: setReady(Bool.random(using: &random))
        }
    }

    private mutating func stepDead(using random: inout SeededRandom) {
        switch shown.state.status {
        case "Restarting": begin()
        case "Pending": Bool.random(using: &random) ? begin() : ()
        default:
            // Somebody starts it again; the count of restarts may begin anew.
            if Bool.random(using: &random) { shown.state.restarts = 0 }
            shown.state.status = "Pending"
            shown.state.exitCode = 0
            shown.reportedPid = 0
            shown.state.pid = 0
        }
    }

    private mutating func setReady(_ isReady: Bool) {
        shown.state.readiness = isReady ? .ready : .notReady
        switch (isReady, wasHealthy) {
        case (true, nil), (true, false):
            truth.append(.healthy)
            wasHealthy = true
        case (false, true):
            truth.append(.unhealthy)
            wasHealthy = false
        default: break
        }
    }

    private mutating func begin() {
        if isRestarting { truth.append(.restarted) }
        truth.append(.started)
        isRestarting = false
        isAlive = true
        wasHealthy = nil
        realPid = nextPid
        nextPid += 1
        shown.state.status = "Running"
        shown.state.readiness = .unknown
    }

    private mutating func end(code: Int64, isRestarted: Bool) {
        let isCrash = !isStopping && code != 0 && code != 3
        truth.append(isCrash ? .crashed : .stopped)
        isStopping = false
        isAlive = false
        isRestarting = isRestarted
        countsRestart = isRestarted
        shown.state.exitCode = code
        shown.state.readiness = .unknown
        shown.state.status = isRestarted ? "Restarting" : "Completed"
        shown.successExitCodes = [3]
        shown.reportedPid = realPid
    }
}

// The rules by which two looks at a process become events: each where a plain difference is wrong.

import ArgusShared
import ProcessCompose
import Testing

@testable import ProcessAdapter

struct ProcessTrackerTests {
    private let time = Timestamp(milliseconds: 1000)

    private func process(
        _ status: String, pid: Int64 = 0, restarts: Int64 = 0, exit: Int64 = 0, ready: ProcessState.Readiness = .unknown,
        successCodes: [Int64] = [], name: String = "api"
    ) -> ObservedProcess {
        var state = ProcessState(name: name, status: status)
        state.isRunning = status == "Running" || status == "Terminating"
        state.pid = pid
        state.restarts = restarts
        state.exitCode = exit
        state.readiness = ready
        state.hasReadinessProbe = ready != .unknown
        return ObservedProcess(state: state, successExitCodes: successCodes)
    }

    /// The kinds of events of a history, look by look.
    private func history(_ looks: ObservedProcess...) -> [[ProcessEvent.Kind]] {
        var tracker = ProcessTracker()
        return looks.map { tracker.observe(all: [$0], at: time).map(\.kind) }
    }

    @Test("A running process that ends well stopped, one that fails crashed")
    func ends() {
        #expect(history(process("Running", pid: 1), process("Completed")) == [[.started], [.stopped]])
        #expect(history(process("Running", pid: 1), process("Completed", exit: 1)) == [[.started], [.crashed]])
        #expect(history(process("Running", pid: 1), process("Error", exit: 0)) == [[.started], [.crashed]])
    }

    @Test("A stop that was asked for is no crash, whatever the exit code")
    func askedStop() {
        #expect(
            history(process("Running", pid: 1), process("Terminating", pid: 1), process("Completed", exit: 143))
                == [[.started], [.statusChanged], [.stopped]])
        var tracker = ProcessTracker()
        _ = tracker.observe(process("Running", pid: 1), at: time)
        tracker.expectStop(of: .init(process("Running").state), until: time)
        #expect(tracker.observe(process("Completed", exit: -1), at: time).map(\.kind) == [.stopped])
        #expect(tracker.observe(process("Running", pid: 2), at: time).map(\.kind) == [.started])
        #expect(tracker.observe(process("Completed", exit: -1), at: time).map(\.kind) == [.crashed])
    }

    @Test("success_exit_codes are no failures")
    func successCodes() {
        #expect(
            history(process("Running", pid: 1, successCodes: [3]), process("Completed", exit: 3, successCodes: [3]))
                == [[.started], [.stopped]])
    }

    @Test("Skipped is no crash")
    func skipped() {
        #expect(history(process("Pending"), process("Skipped", exit: 1)) == [[.statusChanged], [.statusChanged]])
    }

    @Test("A restart between two looks is told in order")
    func restartBetweenLooks() {
        let before = process("Running", pid: 1)
        #expect(history(before, process("Running", pid: 2, restarts: 1, exit: 1)) == [[.started], [.crashed, .restarted, .started]])
        #expect(history(before, process("Running", pid: 2, restarts: 1)) == [[.started], [.stopped, .restarted, .started]])
        #expect(history(before, process("Running", pid: 2, exit: 1)) == [[.started], [.crashed, .restarted, .started]])
        #expect(history(before, process("Completed", restarts: 1, exit: 1)) == [[.started], [.crashed, .restarted, .started, .crashed]])
    }

    @Test("A restart that is watched step by step")
    func restartSeen() {
        #expect(
            history(
                process("Running", pid: 1, ready: .ready), process("Restarting", exit: 1), process("Running", pid: 2, restarts: 1, exit: 1),
                process("Running", pid: 2, restarts: 1, exit: 1, ready: .notReady),
                process("Running", pid: 2, restarts: 1, exit: 1, ready: .ready))
                == [[.started, .healthy], [.crashed], [.restarted, .started], [], [.healthy]])
        #expect(
            history(
                process("Running", pid: 1), process("Restarting", exit: 1), process("Restarting", restarts: 1, exit: 1),
                process("Restarting", restarts: 2, exit: 1))
                == [[.started], [.crashed], [], [.restarted, .started, .crashed]])
    }

    @Test("A restart that is launched before it runs is still a restart; a start after a stop is none")
    func restartLaunched() {
        #expect(
            history(
                process("Running", pid: 1), process("Restarting", exit: 1), process("Launching", restarts: 1, exit: 1),
                process("Running", pid: 2, restarts: 1, exit: 1))
                == [[.started], [.crashed], [.statusChanged], [.restarted, .started]])
        #expect(
            history(process("Running", pid: 1), process("Completed"), process("Launching"), process("Running", pid: 2))
                == [[.started], [.stopped], [.statusChanged], [.started]])
    }

    @Test("Not ready is unhealthy only for a running process that was ready")
    func health() {
        #expect(
            history(
                process("Running", pid: 1, ready: .notReady), process("Running", pid: 1, ready: .ready),
                process("Running", pid: 1, ready: .unknown), process("Running", pid: 1, ready: .notReady),
                process("Running", pid: 1, ready: .notReady), process("Running", pid: 1, ready: .ready))
                == [[.started], [.healthy], [], [.unhealthy], [], [.healthy]])
        #expect(
            history(process("Running", pid: 1, ready: .ready), process("Restarting", exit: 1, ready: .notReady))
                == [[.started, .healthy], [.crashed]])
    }

    @Test("Restarts that fall to 0 are no restart by themselves")
    func restartsFall() {
        #expect(history(process("Running", pid: 5, restarts: 3), process("Running", pid: 5)) == [[.started], []])
        #expect(
            history(process("Running", pid: 5, restarts: 3), process("Completed", restarts: 3), process("Running", pid: 6))
                == [[.started], [.stopped], [.started]])
    }

    @Test("A job that ran between two looks started and ended; what could not be launched only crashed")
    func unseenRun() {
        #expect(history(process("Pending"), process("Completed")) == [[.statusChanged], [.started, .stopped]])
        #expect(history(process("Pending"), process("Completed", exit: 2)) == [[.statusChanged], [.started, .crashed]])
        #expect(history(process("Launching"), process("Error", exit: 127)) == [[.statusChanged], [.crashed]])
        #expect(history(process("Completed"), process("Completed")) == [[.statusChanged], []])
        var first = process("Completed")
        first.runEnd = "10:00"
        var second = process("Completed", exit: 1)
        second.runEnd = "10:05"
        #expect(history(first, first, second) == [[.statusChanged], [], [.started, .crashed]])
    }

    @Test("What was never seen before is introduced by what it is")
    func introductions() {
        #expect(history(process("Running", pid: 1, ready: .ready)) == [[.started, .healthy]])
        #expect(history(process("Completed", exit: 1)) == [[.crashed]])
        #expect(history(process("Completed")) == [[.statusChanged]])
        #expect(history(process("Disabled")) == [[.statusChanged]])
    }

    @Test("A process that is removed stopped, one that is added by scaling is introduced")
    func scaling() {
        var tracker = ProcessTracker()
        _ = tracker.observe(all: [process("Running", pid: 1, name: "b"), process("Completed", name: "c")], at: time)
        let events = tracker.observe(all: [process("Running", pid: 3, name: "d"), process("Running", pid: 2, name: "a")], at: time)
        #expect(events.map(\.kind) == [.started, .stopped, .statusChanged, .started])
        #expect(events.map(\.process) == ["a", "b", "c", "d"])
        #expect(events[1].state.status == "Removed" && events[2].newStatus == "Removed")
        #expect(tracker.observe(all: [process("Running", pid: 3, name: "d"), process("Running", pid: 2, name: "a")], at: time).isEmpty)
    }

    @Test("A run that another adapter told, and this one never saw, is not told again")
    func unseenRuns() {
        func look(_ status: String, pid: Int64, end: String? = nil) -> ObservedProcess {
            ObservedProcess(state: process(status).state, successExitCodes: [], runEnd: end, reportedPid: pid)
        }
        var tracker = ProcessTracker()
        _ = tracker.observe(look("Running", pid: 1), at: time)
        _ = tracker.observe(look("Completed", pid: 1, end: "first"), at: time)
        tracker.adopt(ProcessEvent(.stopped, state: process("Completed").state, at: time))
        #expect(tracker.observe(look("Completed", pid: 2, end: "second"), at: time).isEmpty)
        tracker.adopt(ProcessEvent(.stopped, state: process("Completed").state, at: time))
        // Process-compose says the pid of the run before until it knows the new one.
        #expect(tracker.observe(look("Running", pid: 3), at: time).map(\.kind) == [.started])
        #expect(tracker.observe(look("Terminating", pid: 4), at: time).map(\.kind) == [.statusChanged])
        tracker.adopt(ProcessEvent(.started, state: process("Running").state, at: time))
        #expect(tracker.observe(look("Running", pid: 5), at: time).isEmpty)
        #expect(tracker.observe(look("Running", pid: 6), at: time).isEmpty)
        #expect(tracker.observe(look("Running", pid: 7), at: time).map(\.kind) == [.stopped, .restarted, .started])
    }

    @Test("After a restart of the adapter only what changed since is told")
    func recovery() throws {
        var first = ProcessTracker()
        let published = first.observe(
            all: [process("Running", pid: 1, ready: .ready), process("Completed", exit: 1, name: "job")], at: time)
        var second = ProcessTracker()
        for event in published { second.adopt(try ProcessEvent(parsing: event.json)) }
        #expect(
            second.observe(all: [process("Running", pid: 1, ready: .ready), process("Completed", exit: 1, name: "job")], at: time).isEmpty)
        #expect(
            second.observe(all: [process("Running", pid: 2, restarts: 1, exit: 9), process("Completed", exit: 1, name: "job")], at: time)
                .map(\.kind) == [.crashed, .restarted, .started])
        var removed = ProcessTracker()
        for event in first.observe(all: [], at: time) { removed.adopt(event) }
        #expect(removed.keys.isEmpty)
    }

    @Test("Each kind says what belongs to it")
    func members() throws {
        var tracker = ProcessTracker()
        _ = tracker.observe(process("Running", pid: 1), at: time)
        let events = tracker.observe(process("Running", pid: 2, restarts: 4, exit: 9), at: time)
        #expect(events[0].exitCode == 9 && events[0].restarts == 4 && events[1].restarts == 4 && events[2].exitCode == nil)
        let change = try #require(tracker.observe(process("Terminating", pid: 2, restarts: 4, exit: 9), at: time).first)
        #expect(change.oldStatus == "Running" && change.newStatus == "Terminating")
    }
}

extension ProcessTracker {
    /// What a complete list says that was not known: events in the order of namespaces, names, and what happened first.
    mutating func observe(all processes: [ObservedProcess], at time: Timestamp) -> [ProcessEvent] {
        let present = Dictionary(processes.map { (Key($0.state), $0) }) { _, last in last }
        return Set(keys).union(present.keys).sorted().flatMap { key in
            if let process = present[key] { observe(process, at: time) } else { forget(key, at: time) }
        }
    }
}

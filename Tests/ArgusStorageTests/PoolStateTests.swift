// The pool's bookkeeping, without threads.

import Testing

@testable import ArgusStorage

@Suite struct PoolStateTests {
    private func state(open: Int = 2, idle: Int = 1, waiting: Int = 3) -> PoolState<String> {
        PoolState(PoolLimits(open: open, idle: idle, waiting: waiting))
    }

    private func kind(_ next: PoolState<String>.Next) -> String {
        switch next {
        case .run: "run"
        case .park: "park"
        case .exit: "exit"
        }
    }

    private func job(_ next: PoolState<String>.Next) -> String? {
        if case .run(let job) = next { return job }
        return nil
    }

    @Test func startsWorkersUpToTheBoundThenQueuesThenRefuses() {
        var pool = state()
        #expect(pool.submit(1, "a") == .spawn)
        #expect(pool.submit(2, "b") == .spawn)
        #expect(pool.submit(3, "c") == .queued)
        #expect(pool.submit(4, "d") == .full)
        #expect(pool.workers == 2)
        #expect(pool.refused == 1)
    }

    @Test func servesInOrderAndSkipsTheCancelled() {
        var pool = state(open: 1, waiting: 9)
        for id in 1...4 { _ = pool.submit(UInt64(id), "\(id)") }
        #expect([pool.cancel(2), pool.cancel(2)] == ["2", nil])
        #expect(job(pool.next()) == "1")
        #expect(job(pool.next()) == "3")
        #expect(pool.cancel(3) == nil)
        #expect(job(pool.next()) == "4")
        #expect(pool.waiting == 0)
    }

    @Test func keepsNoMoreIdleThanAllowed() {
        var pool = state(open: 2, idle: 1)
        _ = pool.submit(1, "a")
        _ = pool.submit(2, "b")
        _ = pool.next()
        _ = pool.next()
        #expect(kind(pool.next()) == "park", "the first is kept")
        #expect(kind(pool.next()) == "exit", "the second is not")
        #expect(pool.exited() == false)
        #expect(pool.submit(3, "c") == .wake)
        #expect(pool.submit(4, "d") == .spawn)
    }

    @Test func aLeavingWorkerStaysForJobsNobodyElseWillTake() {
        var pool = state(open: 1, idle: 0)
        _ = pool.submit(1, "a")
        _ = pool.next()
        #expect(kind(pool.next()) == "exit", "nothing may idle")
        #expect(pool.submit(2, "b") == .queued)
        #expect(pool.exited() == true)
        #expect(job(pool.next()) == "b")
    }

    @Test func aTimeoutThatMeetsAWakeUpLosesToIt() {
        var pool = state(open: 1)
        _ = pool.submit(1, "a")
        _ = pool.next()
        _ = pool.next()
        #expect(pool.submit(2, "b") == .wake)
        #expect(pool.timedOut() == false)
        #expect(job(pool.next()) == "b")
        _ = pool.next()
        #expect(pool.timedOut() == true)
        #expect(pool.idle == 0)
    }

    @Test func closingDropsWaitersInOrderAndWakesTheIdle() {
        var pool = state(open: 3, idle: 3, waiting: 9)
        for id in 1...3 { _ = pool.submit(UInt64(id), "\(id)") }
        for _ in 1...4 { _ = pool.next() }
        #expect(pool.idle == 1)
        var dropping = pool
        #expect(pool.close() == (jobs: [], wake: 1))
        #expect(pool.submit(9, "late") == .closed)
        #expect(kind(pool.next()) == "exit", "closed")

        for id in 4...7 { _ = dropping.submit(UInt64(id), "\(id)") }
        #expect(dropping.close().jobs == ["4", "5", "6", "7"])
    }

    @Test func cancellingManyLeavesNothingBehind() {
        var pool = state(open: 1, waiting: 10_000)
        _ = pool.submit(1, "stays")
        for round in 0..<100 {
            for id in 0..<100 { _ = pool.submit(UInt64(10 + round * 100 + id), "x") }
            for id in 0..<100 { _ = pool.cancel(UInt64(10 + round * 100 + id)) }
        }
        #expect(pool.waiting == 1)
        #expect(pool.queueLength < 200)
        #expect(job(pool.next()) == "stays")
    }
}

private func == (left: (jobs: [String], wake: Int), right: (jobs: [String], wake: Int)) -> Bool {
    left.jobs == right.jobs && left.wake == right.wake
}

// What samples, changes and last changes add up to, in whatever order they come.

import ArgusShared
import Synchronization
import Testing

@testable import OTLPCollector

@Suite struct ProcessMirrorTests {
    /// A mirror with a clock to turn.
    final class Bench: Sendable {
        private final class Clock: Sendable {
            let time = Mutex(SampleProcess.noon)
        }

        let mirror: ProcessMirror
        private let clock: Clock

        init() {
            let clock = Clock()
            self.clock = clock
            mirror = ProcessMirror(now: { clock.time.withLock { $0 } })
        }

        func pass(_ milliseconds: Int64) {
            clock.time.withLock { $0 += milliseconds }
        }

        var overview: ProcessMirror.Overview { mirror.overview(isConnected: true) }
        var names: [String] { overview.processes.map { "\($0.row.state.namespace)/\($0.row.state.name) \($0.row.state.status)" } }

        func events(_ events: ProcessEvent...) {
            for event in events {
                mirror.absorb([(event, mirror.lastSequence + 1, event.timestamp.milliseconds)])
            }
        }
    }

    @Test func aSampleSaysEverythingAboutItsInstance() throws {
        let bench = Bench()
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state("b"), SampleProcess.state("a", status: "Completed")]))
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state("c", namespace: "x/default")], instance: "x"))
        #expect(bench.names == ["default/a Completed", "default/b Running", "x/default/c Running"])
        #expect(bench.overview.processes.map(\.row.instance) == ["", "", "x"])
        #expect(bench.overview.processes.map(\.uptime) == [0, 60_000, 60_000])
        bench.pass(2000)
        #expect(bench.overview.processes.map(\.uptime) == [0, 62_000, 62_000])
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state("a")], at: SampleProcess.noon + 2000))
        #expect(bench.names == ["default/a Running", "x/default/c Running"])
    }

    @Test func aChangeIsNewerThanTheSampleBeforeIt() throws {
        let bench = Bench()
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state()]))
        bench.events(SampleProcess.event(.crashed, at: SampleProcess.noon + 500))
        #expect(bench.names == ["default/api Completed"])
        // Looked at before the crash, told after it.
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state()], at: SampleProcess.noon + 400))
        #expect(bench.names == ["default/api Completed"])
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state(restarts: 1)], age: .zero, at: SampleProcess.noon + 600))
        #expect(bench.names == ["default/api Running"])
        #expect(bench.overview.processes.first?.uptime == 0)
    }

    @Test func anAdapterWhoseClockIsFarAheadDoesNotSilenceTheOther() {
        let bench = Bench()
        bench.events(SampleProcess.event(.crashed, at: SampleProcess.noon + 3_600_000))
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state()]))
        #expect(bench.names == ["default/api Running"])
    }

    @Test func whatIsReplayedDoesNotUndoWhatIsKnown() {
        let bench = Bench()
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state(restarts: 3)]))
        bench.events(
            SampleProcess.event(.started, at: SampleProcess.noon - 9000), SampleProcess.event(.crashed, at: SampleProcess.noon - 5000))
        bench.mirror.absorb(last: SampleProcess.event(.crashed, at: SampleProcess.noon - 5000))
        #expect(bench.names == ["default/api Running"])
        #expect(bench.overview.processes.first?.row.state.restarts == 3)
    }

    @Test func theLastChangeIsEnoughToKnowAProcess() throws {
        let bench = Bench()
        bench.mirror.absorb(last: SampleProcess.event(.started, at: SampleProcess.noon - 5000))
        bench.mirror.absorb(last: SampleProcess.event(.healthy, "old", at: SampleProcess.noon - 99_000_000))
        let processes = bench.overview.processes
        #expect(processes.map(\.row.instance) == [nil, nil])
        #expect(processes.map(\.uptime) == [5000, nil])
        #expect(try processes.map { try ProcessEvent(parsing: try #require($0.lastEvent).json).kind } == [.started, .healthy])
    }

    @Test func aRemovedProcessIsGoneWhicheverComesFirst() {
        let removed = SampleProcess.event(.stopped, status: ProcessState.removed, at: SampleProcess.noon)
        let started = SampleProcess.event(.started, at: SampleProcess.noon - 1000)
        let bench = Bench()
        bench.events(removed)
        // The bucket may be one change behind.
        bench.mirror.absorb(last: started)
        #expect(bench.names == [])
        #expect(bench.mirror.process(ProcessKey(namespace: "default", name: "api")) == nil)
        let other = Bench()
        other.mirror.absorb(last: started)
        #expect(other.names == ["default/api Running"])
        other.events(removed)
        #expect(other.names == [])
        other.events(SampleProcess.event(.started, at: SampleProcess.noon + 1))
        #expect(other.names == ["default/api Running"])
    }

    @Test func crashesAndRestartsAreCountedByHour() throws {
        let bench = Bench()
        let hour: Int64 = 3_600_000
        bench.events(
            SampleProcess.event(.crashed, at: SampleProcess.noon - 23 * hour),
            SampleProcess.event(.restarted, at: SampleProcess.noon - hour),
            SampleProcess.event(.crashed, at: SampleProcess.noon - hour + 1), SampleProcess.event(.crashed, at: SampleProcess.noon),
            SampleProcess.event(.started, at: SampleProcess.noon), SampleProcess.event(.crashed, "other", at: SampleProcess.noon))
        var process = try #require(bench.overview.processes.first)
        #expect(process.crashed == [1] + [Int](repeating: 0, count: 22) + [2])
        #expect(process.restarted == [Int](repeating: 0, count: 22) + [1, 0])
        #expect(process.lastEvent?.sequence == 5)
        bench.pass(hour)
        process = try #require(bench.overview.processes.first)
        #expect(process.crashed == [Int](repeating: 0, count: 22) + [2, 0])
        #expect(process.restarted == [Int](repeating: 0, count: 21) + [1, 0, 0])
    }

    @Test func aChangeFromTheFutureCountsAsNow() throws {
        let bench = Bench()
        bench.events(SampleProcess.event(.crashed, at: SampleProcess.noon + 7_200_000))
        #expect(bench.overview.processes.first?.crashed.last == 1)
    }

    @Test func silenceIsNoticedPerInstance() {
        let bench = Bench()
        #expect(!bench.overview.isWatched && bench.overview.staleSince == nil)
        bench.mirror.absorb(last: SampleProcess.event(.started, at: SampleProcess.noon - 5000))
        #expect(!bench.overview.isWatched && bench.overview.staleSince == SampleProcess.noon - 5000)
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state()]))
        bench.mirror.absorb(SampleProcess.sample([], instance: "x"))
        #expect(bench.overview.isWatched && bench.overview.staleSince == nil)
        bench.pass(15_000)
        bench.mirror.absorb(SampleProcess.sample([], instance: "x"))
        #expect(bench.overview.isWatched && bench.overview.staleSince == nil)
        bench.pass(1)
        #expect(bench.overview.isWatched && bench.overview.staleSince == SampleProcess.noon)
        bench.pass(46_000)
        #expect(!bench.overview.isWatched && bench.overview.staleSince == SampleProcess.noon)
    }

    @Test func anAdapterThatLooksSeldomIsNotMissedSoon() {
        let bench = Bench()
        for _ in 0..<3 {
            bench.mirror.absorb(SampleProcess.sample([]))
            bench.pass(60_000)
        }
        #expect(bench.overview.isWatched && bench.overview.staleSince == nil)
        bench.pass(120_000)
        #expect(bench.overview.isWatched)
        bench.pass(1)
        #expect(!bench.overview.isWatched)
    }

    @Test func withoutTheBusNothingIsConfirmed() {
        let bench = Bench()
        bench.mirror.absorb(SampleProcess.sample([SampleProcess.state()]))
        bench.pass(500)
        let overview = bench.mirror.overview(isConnected: false)
        #expect(!overview.isWatched && overview.staleSince == SampleProcess.noon && overview.processes.count == 1)
    }

    @Test func thereIsAnEndToWhatIsKept() {
        let bench = Bench()
        for number in 0..<ProcessRegister.processLimit + 10 { bench.mirror.absorb(last: SampleProcess.event(.started, "p\(number)")) }
        #expect(bench.overview.processes.count == ProcessRegister.processLimit)
        // One that is gone makes room.
        bench.mirror.absorb(last: SampleProcess.event(.stopped, "p7", status: ProcessState.removed, at: SampleProcess.noon + 1))
        bench.mirror.absorb(last: SampleProcess.event(.started, "late"))
        #expect(bench.mirror.process(ProcessKey(namespace: "default", name: "late")) != nil)
        for number in 0..<ProcessRegister.instanceLimit + 10 { bench.mirror.absorb(SampleProcess.sample([], instance: "i\(number)")) }
        #expect(bench.overview.isWatched)
    }
}

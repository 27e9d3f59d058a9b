// Random lives of processes against the tracker, and logs against the cursor: a failing seed is named.

import ArgusShared
import ProcessCompose
import TestSupport
import Testing

@testable import ProcessAdapter

typealias SeededRandom = SeededGenerator

struct RandomHistoryTests {
    private static let time = Timestamp(milliseconds: 1000)

    @Test("Whoever sees every step tells exactly what happened", arguments: 0..<300)
    func everyStep(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) &* 0x2545_F491_4F6C_DD1D)
        var history = ProcessHistory(name: "api", firstPid: 100)
        var tracker = ProcessTracker()
        var told: [ProcessEvent] = []
        for _ in 0..<200 {
            // A look at all processes may show the same twice.
            for _ in 0..<Int.random(in: 1...2, using: &random) { told += tracker.observe(history.shown, at: Self.time) }
            history.step(using: &random)
        }
        told += tracker.observe(history.shown, at: Self.time)
        #expect(told.map(\.kind).filter { $0 != .statusChanged } == history.truth, "seed \(seed)")
        // Every change of status is told, by its own event or by another; a pid is never that of another run.
        #expect(told.last?.state.status == history.shown.state.status, "seed \(seed)")
    }

    @Test("Whoever looks seldom tells a story without contradictions that ends where things are", arguments: 0..<300)
    func seldom(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) &* 0x2545_F491_4F6C_DD1D &+ 1)
        var history = ProcessHistory(name: "api", firstPid: 100)
        var tracker = ProcessTracker()
        var told: [ProcessEvent] = []
        for _ in 0..<60 {
            told += tracker.observe(history.shown, at: Self.time)
            for _ in 0..<Int.random(in: 1...12, using: &random) { history.step(using: &random) }
        }
        told += tracker.observe(history.shown, at: Self.time)
        check(told, history, "seed \(seed)")
    }

    /// The moment between the state that a run began and its pid, too short for a list to show, is left out.
    @Test("An adapter that is restarted any time, even between two events of a look, tells the same", arguments: 0..<300)
    func interrupted(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) &* 0x2545_F491_4F6C_DD1D &+ 2)
        var history = ProcessHistory(name: "api", firstPid: 100)
        var tracker = ProcessTracker()
        var told: [ProcessEvent] = []
        for _ in 0..<120 {
            let events = tracker.observe(history.shown, at: Self.time)
            if Int.random(in: 0..<4, using: &random) == 0, history.isSettled {
                let count = Int.random(in: 0...events.count, using: &random)
                told += events.prefix(count)
                tracker = ProcessTracker()
                if let last = told.last { tracker.adopt(try ProcessEvent(parsing: last.json)) }
            } else {
                told += events
            }
            history.step(using: &random)
        }
        told += tracker.observe(history.shown, at: Self.time)
        check(told, history, "seed \(seed)")
    }

    /// Runs begin and end in turn, health belongs to a run, no more crashes or restarts than happened, and the end is right.
    private func check(_ told: [ProcessEvent], _ history: ProcessHistory, _ seed: String) {
        var isAlive = false
        var isHealthy: Bool?
        for event in told {
            switch event.kind {
            case .started:
                #expect(!isAlive, "\(seed): started while it ran")
                isAlive = true
                isHealthy = nil
            case .stopped, .crashed:
                #expect(isAlive, "\(seed): ended while it did not run")
                isAlive = false
                isHealthy = nil
            case .restarted: #expect(!isAlive, "\(seed): restarted while it ran")
            case .healthy:
                #expect(isAlive && isHealthy != true, "\(seed): healthy")
                isHealthy = true
            case .unhealthy:
                #expect(isAlive && isHealthy == true, "\(seed): unhealthy")
                isHealthy = false
            case .statusChanged: break
            }
        }
        #expect(isAlive == history.isAlive, "\(seed): the end")
        #expect(told.last?.state.status == history.shown.state.status, "\(seed): the last status")
        let runs = history.truth.count { $0 == .started }
        #expect(told.count { $0.kind == .started } <= runs, "\(seed): more runs than there were")
    }

    @Test("No line of a log is taken twice or lost, wherever the connection breaks", arguments: 0..<200)
    func logs(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) &* 0x2545_F491_4F6C_DD1D &+ 3)
        var log: [String] = []
        var taken: [String] = []
        var cursor = LogCursor()
        var number = 0
        func write(_ count: Int) {
            for _ in 0..<count {
                number += 1
                log.append(number.isMultiple(of: 3) ? "tick" : "line \(number)")
            }
        }
        for _ in 0..<30 {
            write(Int.random(in: 0...300, using: &random))
            let usual = Array(log.suffix(200))
            let isEnough = usual.count < 200 || cursor.continues(in: usual)
            taken += cursor.take(tail: isEnough ? usual : Array(log.suffix(LogCursor.depth)))
        }
        taken += cursor.take(tail: Array(log.suffix(LogCursor.depth)))
        #expect(taken == log, "seed \(seed)")
    }
}

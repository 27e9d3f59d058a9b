// What is known of processes, for the routes to read.

import ArgusShared
import DequeModule
import Synchronization

/// The state of processes and their changes of the last day, in memory. Thread-safe.
final class ProcessMirror: Sendable {
    /// What has been read to its end at least once, or does not exist.
    struct Loaded: OptionSet, Sendable {
        let rawValue: Int
        static let history = Loaded(rawValue: 1)
        static let register = Loaded(rawValue: 2)
        static let everything: Loaded = [.history, .register]
    }

    /// All processes at one moment.
    struct Overview: Sendable {
        var processes: [Process] = []
        /// Whether an adapter tells what they are.
        var isWatched = false
        /// Since when not all of it is known to hold, in unix milliseconds.
        var staleSince: Int64?
    }

    /// One process at one moment.
    struct Process: Sendable {
        var row: ProcessRegister.Row
        /// How long its run lasts in milliseconds; nil if that is unknown.
        var uptime: Int64?
        /// How often it happened in each of the last 24 hours, oldest first.
        var crashed = [Int](repeating: 0, count: ProcessMirror.hours)
        var restarted = [Int](repeating: 0, count: ProcessMirror.hours)
        /// The newest change as JSON, and its place in the stream if it is one of the last day.
        var lastEvent: (json: [UInt8], sequence: UInt64?)?
    }

    /// Hours that changes are counted for.
    static let hours = 24

    private struct State {
        var history: EventHistory
        var register = ProcessRegister()
        var loaded: Loaded = []
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Int64

    /// - Parameter now: unix milliseconds.
    init(limits: EventHistory.Limits = .init(), now: @escaping @Sendable () -> Int64 = { Timestamp.now().milliseconds }) {
        self.now = now
        state = Mutex(State(history: EventHistory(limits: limits)))
    }

    /// What the history is bounded by.
    var limits: EventHistory.Limits { state.withLock { $0.history.limits } }
    /// Number of changes that are known.
    var eventCount: Int { state.withLock { $0.history.count } }
    /// The newest change that is known; 0 if there is none.
    var lastSequence: UInt64 { state.withLock { $0.history.lastSequence } }
    /// Whether everything has been read that was there at the start.
    var isLoaded: Bool { state.withLock { $0.loaded == .everything } }

    // MARK: What was heard

    /// Takes changes in the order of their stream.
    func absorb(_ events: [(event: ProcessEvent, sequence: UInt64, stored: Int64)]) {
        let now = now()
        state.withLock { state in
            for (event, sequence, stored) in events {
                state.history.add(event, sequence: sequence, stored: stored)
                state.register.absorb(event)
            }
            state.history.trim(now: now)
        }
    }

    /// Takes the last change of a process, which may be long ago.
    func absorb(last event: ProcessEvent) {
        state.withLock { $0.register.absorb(event) }
    }

    /// Takes a sample.
    func absorb(_ sample: ProcessSample) {
        let now = now()
        state.withLock { $0.register.absorb(sample, now: now) }
    }

    /// Notes what has been read to its end.
    func hasLoaded(_ part: Loaded) {
        state.withLock { _ = $0.loaded.insert(part) }
    }

    /// Forgets all changes: their stream is another one now.
    func forgetHistory() {
        state.withLock { $0.history = EventHistory(limits: $0.history.limits) }
    }

    // MARK: What is known

    /// One process; nil if there is none.
    func process(_ key: ProcessKey) -> ProcessRegister.Row? {
        state.withLock { $0.register[key] }
    }

    /// The changes that are asked for, newest first.
    func events(_ filter: EventHistory.Filter, limit: Int) -> (entries: [EventHistory.Entry], hasMore: Bool) {
        let now = now()
        let history = state.withLock { state in
            state.history.trim(now: now)
            return state.history
        }
        return history.matches(filter, limit: limit)
    }

    /// Every process.
    func overview(isConnected: Bool) -> Overview {
        let now = now()
        let (history, register) = state.withLock { state in
            state.history.trim(now: now)
            return (state.history, state.register)
        }
        let known = register.processes
        var processes = known.map { process($0.row, now: now) }
        let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($0.element.key, $0.offset) })
        for entry in history.all {
            if let place = places[entry.key] { processes[place].count(entry, now: now) }
        }
        return Overview(
            processes: processes, isWatched: isConnected && register.isWatched(now: now),
            staleSince: register.staleSince(now: now, isConnected: isConnected))
    }

    private func process(_ row: ProcessRegister.Row, now: Int64) -> Process {
        let uptime = row.state.isRunning ? row.began.map { max(0, now - $0) } : 0
        return Process(row: row, uptime: uptime, lastEvent: row.lastEvent.map { ($0.json, nil) })
    }
}

extension ProcessMirror.Process {
    fileprivate mutating func count(_ entry: EventHistory.Entry, now: Int64) {
        lastEvent = (entry.json, entry.sequence)
        let hoursAgo = max(0, now - entry.time) / 3_600_000
        guard hoursAgo < ProcessMirror.hours else { return }
        let hour = ProcessMirror.hours - 1 - Int(hoursAgo)
        switch entry.kind {
        case .crashed: crashed[hour] += 1
        case .restarted: restarted[hour] += 1
        default: break
        }
    }
}

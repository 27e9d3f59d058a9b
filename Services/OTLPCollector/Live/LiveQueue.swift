// The log entries that wait for one client.

import Synchronization

/// A log as clients get it.
struct LiveEntry: Sendable, Hashable {
    let id: LogID
    /// The JSON of the log.
    let json: [UInt8]
}

/// A bounded queue between the hub and one client. It never makes the hub wait: where there is no room, the oldest go, and are counted.
final class LiveQueue: Sendable {
    /// What is sent in one message.
    struct Batch: Sendable, Equatable {
        var entries: [LiveEntry] = []
        /// Everything up to here was sent, did not match, or was missed.
        var last: LogID
        /// Entries that were left out before these.
        var missed = 0
    }

    /// When a message is sent.
    struct Flush: Sendable {
        var entries = 100
        var delay: Duration = .milliseconds(500)
        /// Without entries, how often the client is told how far it is.
        var silence: Duration = .seconds(15)
    }

    private struct State {
        var waiting: [LiveEntry] = []
        var bytes = 0
        var missed = 0
        var since = ContinuousClock.now
        var position: LogID
        var told: LogID
    }

    let filter: LogFilter
    private let flush: Flush
    private let capacity: Int
    private let maximumBytes: Int
    private let bell = Bell()
    private let state: Mutex<State>
    private let onMissed: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - capacity: The most entries that wait.
    ///   - maximumBytes: The most bytes that wait, unless a single entry has more.
    ///   - onMissed: Told how many entries were left out.
    init(
        filter: LogFilter, capacity: Int = 2_000, maximumBytes: Int = 4 << 20, flush: Flush = Flush(),
        onMissed: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.filter = filter
        self.capacity = capacity
        self.maximumBytes = maximumBytes
        self.flush = flush
        self.onMissed = onMissed
        state = Mutex(State(position: LogID(value: 0), told: LogID(value: 0)))
    }

    /// Says from where the client follows.
    func start(at position: LogID) {
        state.withLock { state in
            state.position = position
            state.told = position
        }
    }

    /// Adds entries, in order, and says how far they reach. Entries up to the position are known to the client.
    func offer(_ entries: [LiveEntry], through position: LogID) {
        var missed = 0
        let isDue = state.withLock { state in
            let before = state.waiting.count
            if before == 0 { state.since = .now }
            for entry in entries where entry.id > state.position {
                state.waiting.append(entry)
                state.bytes += entry.json.count
            }
            state.position = max(state.position, position)
            missed = makeRoom(&state)
            return state.waiting.count > 0 && (before == 0 || (before < flush.entries && state.waiting.count >= flush.entries))
        }
        if isDue { bell.ring() }
        if missed > 0 { onMissed(missed) }
    }

    /// Leaves out the oldest, some more than needed so that not every entry makes all others move.
    private func makeRoom(_ state: inout State) -> Int {
        guard state.waiting.count > capacity || (state.bytes > maximumBytes && state.waiting.count > 1) else { return 0 }
        var count = 0
        while state.waiting.count - count > max(1, capacity * 3 / 4)
            || (state.bytes > maximumBytes * 3 / 4 && state.waiting.count - count > 1)
        {
            state.bytes -= state.waiting[count].json.count
            count += 1
        }
        state.waiting.removeFirst(count)
        state.missed += count
        return count
    }

    /// What to send next, as soon as it is due.
    ///
    /// - Throws: `CancellationError`.
    func next() async throws -> Batch {
        let start = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            let now = ContinuousClock.now
            let (batch, wait) = state.withLock { state -> (Batch?, Duration) in
                guard !state.waiting.isEmpty else {
                    let wait = start + flush.silence - now
                    if wait > .zero { return (nil, wait) }
                    return state.position > state.told ? (take(0, &state), .zero) : (nil, flush.silence)
                }
                let wait = state.since + flush.delay - now
                guard state.waiting.count >= flush.entries || wait <= .zero else { return (nil, wait) }
                return (take(flush.entries, &state), .zero)
            }
            if let batch { return batch }
            await bell.wait(atMost: wait)
        }
    }

    private func take(_ count: Int, _ state: inout State) -> Batch {
        let entries = Array(state.waiting.prefix(count))
        state.waiting.removeFirst(entries.count)
        state.bytes -= entries.reduce(0) { $0 + $1.json.count }
        defer { state.missed = 0 }
        let last = state.waiting.isEmpty ? state.position : entries.last?.id ?? state.told
        state.told = last
        return Batch(entries: entries, last: last, missed: state.missed)
    }
}

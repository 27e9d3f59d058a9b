// The last changes of processes, within bounds.

import ArgusShared
import DequeModule

/// Who a process is.
struct ProcessKey: Sendable, Hashable, Comparable {
    var namespace: String
    var name: String

    static func < (left: ProcessKey, right: ProcessKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// Changes in the order of their stream, the oldest of which are forgotten: by age, number and size.
struct EventHistory: Sendable {
    /// A change that is kept as the text it is answered with.
    struct Entry: Sendable, Hashable {
        let sequence: UInt64
        /// When it was stored, in unix milliseconds.
        let stored: Int64
        /// When it was seen, in unix milliseconds.
        let time: Int64
        let key: ProcessKey
        let kind: ProcessEvent.Kind
        let json: [UInt8]
    }

    /// What is kept at most.
    struct Limits: Sendable {
        var age: Duration = .seconds(86_400)
        var events = 50_000
        var bytes = 64 << 20
    }

    /// What is asked for, newest first.
    struct Filter: Sendable {
        /// `namespace/name`, or the name alone; any if empty.
        var processes: Set<String> = []
        /// Any if empty.
        var kinds: Set<ProcessEvent.Kind> = []
        /// Unix milliseconds.
        var times: Range<Int64>
        /// Only changes before this one.
        var before: UInt64 = .max
    }

    let limits: Limits
    /// Every change, oldest first.
    private(set) var all: Deque<Entry> = []
    private(set) var bytes = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Number of changes.
    var count: Int { all.count }
    /// The sequence of the newest change; 0 if there is none.
    var lastSequence: UInt64 { all.last?.sequence ?? 0 }

    /// Takes a change; what is not newer than the newest is known already.
    mutating func add(_ event: ProcessEvent, sequence: UInt64, stored: Int64) {
        guard sequence > lastSequence else { return }
        let entry = Entry(
            sequence: sequence, stored: stored, time: event.timestamp.milliseconds,
            key: ProcessKey(namespace: event.namespace, name: event.process), kind: event.kind, json: event.json)
        bytes += entry.json.count
        all.append(entry)
        while count > limits.events || bytes > limits.bytes { forgetOldest() }
    }

    /// Forgets what is too old.
    mutating func trim(now: Int64) {
        let oldest = now - limits.age.wholeMilliseconds
        while let first = all.first, first.stored < oldest { forgetOldest() }
    }

    /// Up to `limit` changes, newest first, and whether there are more.
    func matches(_ filter: Filter, limit: Int) -> (entries: [Entry], hasMore: Bool) {
        var found: [Entry] = []
        var wanted: [ProcessKey: Bool] = [:]
        for entry in all.reversed() {
            guard entry.sequence < filter.before, filter.times.contains(entry.time),
                filter.kinds.isEmpty || filter.kinds.contains(entry.kind)
            else { continue }
            if !filter.processes.isEmpty {
                let isWanted =
                    wanted[entry.key] ?? filter.processes.contains(entry.key.name)
                    || filter.processes.contains("\(entry.key.namespace)/\(entry.key.name)")
                wanted[entry.key] = isWanted
                guard isWanted else { continue }
            }
            guard found.count < limit else { return (found, true) }
            found.append(entry)
        }
        return (found, false)
    }

    private mutating func forgetOldest() {
        bytes -= all.removeFirst().json.count
    }
}

// What processes are at this moment, as far as it was heard.

import ArgusShared

/// The newest state of every process: from the samples of process-adapter, which come every few seconds, and from changes.
///
/// Times that adapters tell are only compared with each other; what depends on the present goes by our own clock.
struct ProcessRegister: Sendable {
    /// One process.
    struct Row: Sendable {
        var state: ProcessState
        /// The process-compose it belongs to; nil until a sample says it.
        var instance: String?
        /// When the present run began, by our clock; nil while that is unknown, or nothing runs.
        var began: Int64?
        /// What the state is of, by the adapter's clock.
        var updated: Int64
        /// The newest change, without its place in the stream.
        var lastEvent: LastEvent?
    }

    /// The newest change of a process.
    struct LastEvent: Sendable {
        var time: Int64
        var json: [UInt8]
    }

    /// When an instance was heard, by our clock.
    private struct Contact: Sendable {
        var last: Int64
        /// The time between the samples before.
        var gaps: (Int64, Int64) = (0, 0)

        /// Until when it is not missed.
        var deadline: Int64 { last + max(ProcessRegister.patience, 3 * max(gaps.0, gaps.1)) }

        mutating func heard(at now: Int64) {
            gaps = (gaps.1, max(0, now - last))
            last = now
        }
    }

    static let processLimit = 10_000
    static let instanceLimit = 256
    /// An instance is not missed before so many milliseconds.
    static let patience: Int64 = 15_000
    /// Two adapters' clocks differ by less than this; by more, what comes later is newer.
    private static let skew: Int64 = 10_000

    private var rows: [ProcessKey: Row] = [:]
    private var contacts: [String: Contact] = [:]

    /// A process that is part of a project.
    subscript(key: ProcessKey) -> Row? {
        rows[key].flatMap { $0.state.status == ProcessState.removed ? nil : $0 }
    }

    /// Every process that is part of a project, in order.
    var processes: [(key: ProcessKey, row: Row)] {
        rows.filter { $0.value.state.status != ProcessState.removed }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    // MARK: What was heard

    /// Takes a change. It may come twice, and long after what happened.
    mutating func absorb(_ event: ProcessEvent) {
        let key = ProcessKey(namespace: event.namespace, name: event.process)
        let time = event.timestamp.milliseconds
        guard var row = rows[key] ?? row(for: event.state) else { return }
        if time >= row.lastEvent?.time ?? .min {
            row.lastEvent = LastEvent(time: time, json: event.json)
            if event.kind == .started { row.began = time }
        }
        if time >= row.updated {
            row.state = event.state
            row.updated = time
        }
        if !row.state.isRunning { row.began = nil }
        rows[key] = row
    }

    /// Takes what an adapter says of all processes of one process-compose.
    mutating func absorb(_ sample: ProcessSample, now: Int64) {
        hear(sample.instance, now)
        let time = sample.timestamp.milliseconds
        var present: Set<ProcessKey> = []
        for process in sample.processes {
            let key = ProcessKey(namespace: process.state.namespace, name: process.state.name)
            guard var row = rows[key] ?? row(for: process.state) else { continue }
            present.insert(key)
            row.instance = sample.instance
            // A change may have been published after the adapter had looked and before it told.
            if time >= row.updated || row.updated > time + Self.skew {
                row.state = process.state
                row.updated = time
                row.began = process.state.isRunning ? now - process.age.wholeMilliseconds : nil
            }
            rows[key] = row
        }
        for (key, row) in rows where row.instance == sample.instance && !present.contains(key) && row.updated <= time {
            rows[key] = nil
        }
    }

    /// A row of a process that was not known; nil if there are too many.
    private mutating func row(for state: ProcessState) -> Row? {
        if rows.count == Self.processLimit { rows = rows.filter { $0.value.state.status != ProcessState.removed } }
        return rows.count < Self.processLimit ? Row(state: state, updated: .min) : nil
    }

    private mutating func hear(_ instance: String, _ now: Int64) {
        if contacts[instance] == nil, contacts.count == Self.instanceLimit,
            let oldest = contacts.min(by: { $0.value.last < $1.value.last })?.key
        {
            contacts[oldest] = nil
        }
        contacts[instance, default: Contact(last: now)].heard(at: now)
    }

    // MARK: Whether it still holds

    /// Whether an adapter tells.
    func isWatched(now: Int64) -> Bool {
        contacts.values.contains { now <= $0.deadline }
    }

    /// Since when something of it is not confirmed any more; nil if all of it is, or there is nothing.
    func staleSince(now: Int64, isConnected: Bool) -> Int64? {
        if contacts.isEmpty { return rows.values.map(\.updated).max() }
        return contacts.values.filter { !isConnected || now > $0.deadline }.map(\.last).min()
    }
}

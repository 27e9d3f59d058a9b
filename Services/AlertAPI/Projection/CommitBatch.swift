// Several commits as one set of changes: the last state of each alert, every transition.

import ArgusShared

/// A commit and its place in the commit log.
struct SequencedCommit: Sendable {
    let sequence: UInt64
    let commit: Commit
}

/// What a run of commits amounts to.
struct CommitBatch {
    /// One alert's part in it.
    struct Entry {
        var alert: Alert
        /// The newest `details` and `links` in the batch, if a change of it carried them.
        var payload: Payload?
        /// Whether the alert was opened within the batch, so that no row of it can be there.
        var isNew: Bool
    }

    struct Payload {
        var details: RawJSON?
        var links: RawJSON?
    }

    /// A transition with its place in the alert's timeline.
    struct TimelineEntry {
        let alertID: String
        let version: Int64
        let position: Int
        let transition: Transition
    }

    private(set) var entries: [Entry] = []
    private(set) var timeline: [TimelineEntry] = []
    /// The last commit of each partition.
    private(set) var positions: [Int: UInt64] = [:]
    private(set) var lastSequence: UInt64 = 0
    private var index: [String: Int] = [:]

    init(_ commits: some Sequence<SequencedCommit>) {
        for commit in commits { add(commit) }
    }

    /// Changes that no commit holds.
    init(changes: some Sequence<AlertChange>) {
        for change in changes { add(change) }
    }

    /// Whole alerts, of which rows may be there.
    init(alerts: some Sequence<Alert>) {
        self.init(changes: alerts.map { AlertChange(alert: $0, hasPayload: true, transitions: []) })
    }

    private mutating func add(_ sequenced: SequencedCommit) {
        positions[sequenced.commit.partition] = sequenced.sequence
        lastSequence = max(lastSequence, sequenced.sequence)
        for change in sequenced.commit.changes { add(change) }
    }

    private mutating func add(_ change: AlertChange) {
        let payload = change.hasPayload ? Payload(details: change.alert.details, links: change.alert.links) : nil
        if let position = index[change.alert.id] {
            entries[position].alert = change.alert
            if let payload { entries[position].payload = payload }
        } else {
            index[change.alert.id] = entries.count
            let isNew = change.transitions.contains { $0.kind == .created }
            entries.append(Entry(alert: change.alert, payload: payload, isNew: isNew))
        }
        for (position, transition) in change.transitions.enumerated() {
            timeline.append(
                TimelineEntry(alertID: change.alert.id, version: change.alert.version, position: position, transition: transition))
        }
    }
}

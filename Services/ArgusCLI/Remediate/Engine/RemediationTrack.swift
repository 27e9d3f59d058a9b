// What one policy has done to one process.

import ArgusShared

/// The state that decisions make: replaying them gives it again.
struct RemediationTrack: Sendable, Equatable {
    /// A policy and a process.
    struct Key: Hashable, Sendable {
        let process: ProcessKey
        let policy: String

        init(_ process: ProcessKey, _ policy: String) {
            self.process = process
            self.policy = policy
        }

        init(_ decision: RemediationDecision) {
            self.init(ProcessKey(namespace: decision.namespace, name: decision.process), decision.policy)
        }
    }

    /// When something was done, oldest first, as far back as the limit looks.
    private(set) var attempts: [Timestamp] = []
    /// The backoff of the last attempt.
    private(set) var lastDelay: Int64 = 0
    /// What is scheduled or under way.
    private(set) var pending: RemediationDecision?
    /// The newest change that was decided about: a leader that follows another may read some once more.
    private(set) var lastSequence: UInt64 = 0
    private(set) var hasGivenUp = false
    /// Whether there is an alert that says so.
    private(set) var isAlerting = false
    /// What people have yet to be told.
    private(set) var owed: RemediationDecision?

    /// Whether the pending attempt has begun.
    var isUnderWay: Bool { pending?.kind == .started }

    /// Whether there is nothing to remember.
    var isIdle: Bool { attempts.isEmpty && pending == nil && !hasGivenUp && !isAlerting && owed == nil }

    /// Takes a decision in.
    mutating func apply(_ decision: RemediationDecision, within span: Int64) {
        lastSequence = max(lastSequence, decision.trigger.sequence)
        switch decision.kind {
        case .scheduled:
            pending = decision
            hasGivenUp = false
        case .started:
            count(decision, within: span)
            pending = decision
        case .succeeded, .failed, .skipped: pending = nil
        case .gaveUp:
            pending = nil
            hasGivenUp = true
            isAlerting = true
            owed = decision
        case .recovered:
            hasGivenUp = false
            isAlerting = false
            owed = decision
        case .alerted: if owed?.id == decision.id { owed = nil }
        }
    }

    /// Counts an attempt.
    mutating func count(_ decision: RemediationDecision, within span: Int64) {
        forget(before: decision.timestamp.adding(milliseconds: -span))
        attempts.append(decision.timestamp)
        lastDelay = decision.delay ?? 0
    }

    /// Forgets attempts at `time` or before.
    mutating func forget(before time: Timestamp) {
        attempts.removeAll { $0 <= time }
        if attempts.isEmpty { lastDelay = 0 }
    }
}

/// A process by its whole name.
struct ProcessKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    let namespace: String
    let name: String

    var description: String { "\(namespace)/\(name)" }

    static func < (left: ProcessKey, right: ProcessKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

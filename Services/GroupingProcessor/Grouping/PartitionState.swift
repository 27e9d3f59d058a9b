// The state machine of one partition: alert events in, changed alerts out. No clock, no lock, no I/O.

import ArgusShared

/// The live alerts of a partition and the rules by which events change them.
///
/// Time is what events say: the clock is the latest `receivedAt` seen. The same events give the same state, however they are cut into
/// batches and however often the state is rebuilt from commits in between. Resolved alerts that no event can bring back leave memory; that
/// shows nowhere but in `count`.
struct PartitionState: Sendable {
    /// Alerts that one tick resolves at most, so that what one event changes is bounded; the deadlines that remain are due still.
    static let expiriesPerTick = 500
    /// Alerts that leave memory at once at most, so that a turn is not held up.
    private static let evictionsPerTurn = 4096

    struct AlertKey: Hashable, Sendable {
        var managerID: String
        var dedupKey: String
    }

    /// A changed alert that was not taken yet.
    struct PendingChange: Sendable {
        var slot: Int
        var hasPayload = false
        var transitions: [Transition] = []
    }

    /// The latest time that an event told.
    private(set) var clock: Timestamp
    /// The ordinal of the next alert.
    private(set) var nextOrdinal: Int64
    /// Alerts that are active.
    var activeCount = 0
    /// Events that changed nothing, since this value was made.
    private(set) var ignored = IgnoredEvents()
    /// About how many bytes the changes not yet taken are as JSON.
    private(set) var pendingBytes = 0

    var store = AlertStore()
    /// The latest alert of every key.
    var latest: [AlertKey: Int] = [:]
    /// Alerts by identifier that are not the latest of their key, but still have children in memory or wait to leave.
    var superseded: [String: Int] = [:]
    var openParents = OpenParents()
    private var expiries = DeadlineQueue()
    private var evictions = DeadlineQueue()
    private var pending: [PendingChange] = []
    private var serial: UInt64 = 0

    /// A state without alerts.
    init(clock: Timestamp = Timestamp(milliseconds: 0), nextOrdinal: Int64 = 0) {
        self.clock = clock
        self.nextOrdinal = nextOrdinal
    }

    /// Alerts in memory.
    var count: Int { store.count }

    /// Entries that wait for their time, for alerts to expire or to leave memory: about two for every alert at most.
    var queuedDeadlines: Int { expiries.count + evictions.count }

    /// Whether changes wait to be taken.
    var hasChanges: Bool { !pending.isEmpty }

    /// What a snapshot needs to know. Only while no changes wait to be taken.
    var image: PartitionImage { PartitionImage(store: store, clock: clock, nextOrdinal: nextOrdinal) }

    // MARK: Events

    /// Applies one event; what it changes waits for `takeChanges()`.
    mutating func apply(_ event: AlertEvent) {
        clock = max(clock, event.receivedAt)
        serial += 1
        switch event.action {
        case .trigger: trigger(event)
        case .resolve: resolve(event)
        case .acknowledge: acknowledge(event)
        case .tick: expire(event)
        }
    }

    /// The alerts changed since the last call, each once with its latest state, in the order in which they were first changed.
    mutating func takeChanges() -> [AlertChange] {
        var changes: [AlertChange] = []
        changes.reserveCapacity(pending.count)
        for change in pending {
            store[change.slot].pending = nil
            changes.append(
                AlertChange(alert: store[change.slot].alert, hasPayload: change.hasPayload, transitions: change.transitions))
        }
        pending.removeAll(keepingCapacity: true)
        pendingBytes = 0
        evictDue()
        return changes
    }

    /// When a tick is due: the earliest time at which an alert expires.
    mutating func nextDeadline() -> Timestamp? {
        firstExpiry()?.time
    }

    mutating func ignore(_ reason: IgnoredReason) {
        ignored[reason] += 1
    }

    mutating func takeOrdinal() -> Int64 {
        defer { nextOrdinal += 1 }
        return nextOrdinal
    }

    /// Takes the clock and the next ordinal over from a commit.
    mutating func advance(to clock: Timestamp, nextOrdinal: Int64) {
        self.clock = max(self.clock, clock)
        self.nextOrdinal = max(self.nextOrdinal, nextOrdinal)
    }

    // MARK: Changes

    /// Notes that the alert in `slot` changed by the current event: its version grows once an event.
    mutating func touch(_ slot: Int) {
        if store[slot].touchedBy != serial {
            store[slot].touchedBy = serial
            store[slot].alert.version += 1
        }
        notePending(slot)
    }

    /// Notes a new alert, whose version is its first.
    mutating func touchNew(_ slot: Int) {
        store[slot].touchedBy = serial
        notePending(slot)
        notePayload(slot)
    }

    /// Notes that `details` or `links` of the alert in `slot`, touched before, changed.
    mutating func notePayload(_ slot: Int) {
        guard let index = store[slot].pending, !pending[index].hasPayload else { return }
        pendingBytes += store[slot].alert.payloadBytes
        pending[index].hasPayload = true
    }

    /// Adds to the history of the alert in `slot`, touched before.
    mutating func record(_ transition: Transition, of slot: Int) {
        guard let index = store[slot].pending else { return }
        pendingBytes += 120 + transition.eventID.utf8.count + (transition.note?.utf8.count ?? 0) + (transition.causedBy?.utf8.count ?? 0)
        pending[index].transitions.append(transition)
    }

    private mutating func notePending(_ slot: Int) {
        guard store[slot].pending == nil else { return }
        store[slot].pending = pending.count
        pending.append(PendingChange(slot: slot))
        pendingBytes += store[slot].alert.recordBytes
    }

    // MARK: Deadlines

    /// Makes sure that the alert in `slot` is met when it expires. An alert has one entry at most that counts; an entry that is too early
    /// is postponed when it is met, so that moving a deadline costs nothing.
    mutating func scheduleExpiry(_ slot: Int) {
        guard let due = store[slot].alert.expiresAt, due < store[slot].expiryEntry ?? Timestamp(milliseconds: .max) else { return }
        store[slot].expiryEntry = due
        expiries.insert(DeadlineQueue.Entry(time: due, ordinal: store[slot].alert.ordinal, slot: slot))
    }

    /// The entry of the alert that expires next.
    mutating func firstExpiry() -> DeadlineQueue.Entry? {
        while let entry = expiries.first {
            guard store[entry.slot].alert.ordinal == entry.ordinal, store[entry.slot].expiryEntry == entry.time else {
                expiries.removeFirst()
                continue
            }
            guard let due = store[entry.slot].alert.expiresAt else {
                store[entry.slot].expiryEntry = nil
                expiries.removeFirst()
                continue
            }
            guard due > entry.time else { return entry }
            store[entry.slot].expiryEntry = due
            expiries.postponeFirst(to: due)
        }
        return nil
    }

    /// Makes sure that the alert in `slot`, if it is resolved, leaves memory in time.
    mutating func scheduleEviction(_ slot: Int) {
        guard !store[slot].hasEvictionEntry, let due = store[slot].alert.forgottenAt else { return }
        store[slot].hasEvictionEntry = true
        evictions.insert(DeadlineQueue.Entry(time: due, ordinal: store[slot].alert.ordinal, slot: slot))
    }

    /// Lets alerts go that no event can bring back. Only between batches: a change not yet taken names its slot.
    mutating func evictDue() {
        for _ in 0..<Self.evictionsPerTurn {
            guard let entry = evictions.first, entry.time <= clock else { return }
            evictions.removeFirst()
            guard store[entry.slot].alert.ordinal == entry.ordinal else { continue }
            store[entry.slot].hasEvictionEntry = false
            guard let due = store[entry.slot].alert.forgottenAt else { continue }
            if due > clock {
                scheduleEviction(entry.slot)
            } else if store[entry.slot].residentChildren == 0 {
                evict(entry.slot)
            }
        }
    }

    /// A parent stays until its last child has left; `releaseChild` sees to it then.
    private mutating func evict(_ slot: Int) {
        let alert = store[slot].alert
        let key = AlertKey(managerID: alert.managerID, dedupKey: alert.dedupKey)
        if latest[key] == slot { latest[key] = nil } else { superseded[alert.id] = nil }
        let parent = store[slot].parent
        store.remove(slot)
        if let parent { releaseChild(of: parent) }
    }

    /// Notes that a child of the parent in `slot` left it, by moving or by leaving memory.
    mutating func releaseChild(of slot: Int) {
        store[slot].residentChildren -= 1
        if store[slot].residentChildren == 0 { scheduleEviction(slot) }
    }
}

/// The alerts of a partition at one moment, sharing memory with the state as long as that does not change them.
struct PartitionImage: Sendable {
    var store: AlertStore
    var clock: Timestamp
    var nextOrdinal: Int64
}

extension Alert {
    /// From when on no trigger reactivates a resolved alert.
    fileprivate var forgottenAt: Timestamp? {
        status == .resolved ? resolvedAt?.adding(milliseconds: window) : nil
    }

    /// About the size of the record without details and links.
    fileprivate var recordBytes: Int {
        480 + id.utf8.count + 2 * dedupKey.utf8.count + managerID.utf8.count + summary.utf8.count + (groupingValue?.utf8.count ?? 0)
            + (parentDedupKey?.utf8.count ?? 0) + (`class`?.utf8.count ?? 0) + (source?.utf8.count ?? 0) + (component?.utf8.count ?? 0)
    }

    fileprivate var payloadBytes: Int {
        32 + (details?.bytes.count ?? 0) + (links?.bytes.count ?? 0)
    }
}

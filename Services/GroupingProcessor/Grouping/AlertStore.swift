// The alerts of a partition in memory: pages of slots, so that a snapshot shares what does not change while it is written.

import ArgusShared

/// One alert and what is derived from it.
struct AlertSlot: Sendable {
    var alert: Alert
    /// The parent's slot; nil for a parent.
    var parent: Int?
    /// Children that are still in memory.
    var residentChildren = 0
    /// The place in the list of changes not yet taken.
    var pending: Int?
    /// The serial number of the event that changed the alert last.
    var touchedBy: UInt64 = 0
    /// The time of the alert's entry in the queue of expiries.
    var expiryEntry: Timestamp?
    /// Whether the alert has an entry in the queue of evictions.
    var hasEvictionEntry = false

    init(alert: Alert, parent: Int? = nil) {
        self.alert = alert
        self.parent = parent
    }

    /// Alerts in memory have ordinals from 0; a slot without one is free.
    var isVacant: Bool { alert.ordinal < 0 }

    static let vacant = AlertSlot(
        alert: Alert(
            openedBy: AlertEvent(id: "", action: .trigger, managerID: "", dedupKey: "", receivedAt: Timestamp(milliseconds: 0)),
            at: Timestamp(milliseconds: 0), ordinal: -1))
}

/// Slots by number. Copies share their pages: to change an alert after a copy was made costs the copy of one page.
struct AlertStore: Sendable {
    private static let pageBits = 8
    private static let pageSize = 1 << pageBits

    private var pages: [[AlertSlot]] = []
    private var free: [Int] = []
    /// Alerts held.
    private(set) var count = 0

    /// The slot `index`. Read by a getter: with `_read`, debug builds of Swift 6.3.1 released what a nested array still held.
    subscript(index: Int) -> AlertSlot {
        @inline(__always) get { pages[index >> Self.pageBits][index & (Self.pageSize - 1)] }
        @inline(__always) _modify { yield &pages[index >> Self.pageBits][index & (Self.pageSize - 1)] }
    }

    /// Puts `slot` somewhere and returns where.
    mutating func insert(_ slot: AlertSlot) -> Int {
        count += 1
        if let index = free.popLast() {
            self[index] = slot
            return index
        }
        if pages.isEmpty || pages[pages.count - 1].count == Self.pageSize {
            pages.append([])
            pages[pages.count - 1].reserveCapacity(Self.pageSize)
        }
        pages[pages.count - 1].append(slot)
        return (pages.count - 1) << Self.pageBits + pages[pages.count - 1].count - 1
    }

    /// Empties the slot `index`.
    mutating func remove(_ index: Int) {
        count -= 1
        self[index] = .vacant
        free.append(index)
    }

    /// How many pages `alerts(page:)` knows.
    var pageCount: Int { pages.count }

    /// The alerts of one page.
    func alerts(page: Int) -> [Alert] {
        pages[page].lazy.filter { !$0.isVacant }.map(\.alert)
    }

    /// Occupied slots by number.
    var indices: [Int] {
        pages.indices.flatMap { page in
            pages[page].indices.filter { !pages[page][$0].isVacant }.map { page << Self.pageBits + $0 }
        }
    }
}

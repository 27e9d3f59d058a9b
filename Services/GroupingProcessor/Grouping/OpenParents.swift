// The active parents of every grouping value, to find the one that takes new children.

import ArgusShared

/// What alerts are grouped by: values of different managers never meet.
struct GroupKey: Hashable, Sendable {
    var managerID: String
    var value: String
}

/// Active parents by grouping value, in the order of their creation. A parent whose window has closed never takes children again, so it is
/// dropped when it is met.
struct OpenParents: Sendable {
    fileprivate struct Entry: Sendable {
        var ordinal: Int64
        var slot: Int
        var closesAt: Timestamp
    }

    private var groups: [GroupKey: [Entry]] = [:]

    /// The slot of the parent created last among those whose window is open at `time`, which must not go back between calls.
    mutating func newest(of key: GroupKey, at time: Timestamp) -> Int? {
        while let last = groups[key]?.last {
            if last.closesAt > time { return last.slot }
            removeLast(of: key)
        }
        return nil
    }

    /// Adds a parent that became active.
    mutating func insert(_ alert: Alert, slot: Int) {
        guard let value = alert.groupingValue else { return }
        let entry = Entry(ordinal: alert.ordinal, slot: slot, closesAt: alert.createdAt.adding(milliseconds: alert.window))
        let key = GroupKey(managerID: alert.managerID, value: value)
        groups[key, default: []].insertOrdered(entry)
    }

    /// Removes a parent that is active no more.
    mutating func remove(_ alert: Alert) {
        guard let value = alert.groupingValue else { return }
        let key = GroupKey(managerID: alert.managerID, value: value)
        guard let position = groups[key]?.position(of: alert.ordinal) else { return }
        if groups[key]?.count == 1 { groups[key] = nil } else { groups[key]?.remove(at: position) }
    }

    private mutating func removeLast(of key: GroupKey) {
        if groups[key]?.count == 1 { groups[key] = nil } else { groups[key]?.removeLast() }
    }
}

extension Array where Element == OpenParents.Entry {
    fileprivate mutating func insertOrdered(_ entry: Element) {
        guard let last, last.ordinal > entry.ordinal else { return append(entry) }
        insert(entry, at: lowerBound(of: entry.ordinal))
    }

    fileprivate func position(of ordinal: Int64) -> Int? {
        let position = lowerBound(of: ordinal)
        return position < count && self[position].ordinal == ordinal ? position : nil
    }

    private func lowerBound(of ordinal: Int64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].ordinal < ordinal { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

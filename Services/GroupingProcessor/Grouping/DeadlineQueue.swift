// A queue ordered by time: which alerts expire, and which leave memory, next.

import ArgusShared

/// A binary heap of alerts by time, then by ordinal. Entries are not taken back: whoever takes one out checks whether it still holds.
struct DeadlineQueue: Sendable {
    struct Entry: Sendable {
        var time: Timestamp
        var ordinal: Int64
        /// The alert's slot, if it still has that ordinal.
        var slot: Int

        fileprivate func comes(before other: Entry) -> Bool {
            time == other.time ? ordinal < other.ordinal : time < other.time
        }
    }

    private var heap: [Entry] = []

    var count: Int { heap.count }
    var first: Entry? { heap.first }

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.comes(before: heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        sink(last)
    }

    /// Gives the first entry another time, not before its own.
    mutating func postponeFirst(to time: Timestamp) {
        guard var entry = heap.first else { return }
        entry.time = time
        sink(entry)
    }

    private mutating func sink(_ entry: Entry) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].comes(before: heap[child]) { child += 1 }
            guard heap[child].comes(before: entry) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = entry
    }
}

// Gives equal pairs of integers equal numbers.

/// Distinct pairs of words, numbered in the order they came in.
struct KeyInterner: ~Copyable {
    struct Key {
        var first: UInt64
        var second: UInt64
    }

    private static let processSeed = UInt64.random(in: .min ... .max)

    private let seed = Self.processSeed
    private(set) var keys: ContiguousArray<Key> = []
    /// Numbers plus one; 0 is free. Its size is a power of two, and at least a quarter of it is free.
    private var slots: UnsafeMutablePointer<UInt32>
    private var mask: Int

    init(slots count: Int = 1024) {
        keys.reserveCapacity(count)
        slots = .allocate(capacity: count)
        slots.initialize(repeating: 0, count: count)
        mask = count - 1
    }

    deinit {
        slots.deallocate()
    }

    var count: Int { keys.count }

    /// The number of a pair, and whether it is new.
    @inline(__always)
    mutating func intern(_ first: UInt64, _ second: UInt64) -> (number: Int, isNew: Bool) {
        var slot = self.slot(first, second) & mask
        while true {
            let found = slots[slot]
            guard found != 0 else { break }
            let key = keys[Int(found) - 1]
            if key.first == first, key.second == second { return (Int(found) - 1, false) }
            slot = (slot + 1) & mask
        }
        let number = keys.count
        keys.append(Key(first: first, second: second))
        slots[slot] = UInt32(number + 1)
        if (number + 1) * 4 > (mask + 1) * 3 { grow() }
        return (number, true)
    }

    /// The number of a pair; nil if it has none.
    @inline(__always)
    func number(_ first: UInt64, _ second: UInt64) -> Int? {
        var slot = self.slot(first, second) & mask
        while true {
            let found = slots[slot]
            guard found != 0 else { return nil }
            let key = keys[Int(found) - 1]
            if key.first == first, key.second == second { return Int(found) - 1 }
            slot = (slot + 1) & mask
        }
    }

    @inline(never)
    private mutating func grow() {
        let size = (mask + 1) * 4
        slots.deallocate()
        slots = .allocate(capacity: size)
        slots.initialize(repeating: 0, count: size)
        mask = size - 1
        for (number, key) in keys.enumerated() {
            var slot = self.slot(key.first, key.second) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number + 1)
        }
    }

    @inline(__always)
    private func slot(_ first: UInt64, _ second: UInt64) -> Int {
        let product = (first ^ seed).multipliedFullWidth(by: second ^ 0xA076_1D64_78BD_642F)
        let folded = (product.high ^ product.low ^ first).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return Int(truncatingIfNeeded: folded.high ^ folded.low)
    }
}

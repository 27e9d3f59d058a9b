// Gives equal bytes equal numbers.

/// Distinct byte strings, numbered in the order they came in. An open-addressing table over one arena: nothing is allocated for a string.
struct ByteInterner: ~Copyable {
    private struct Entry {
        var hash: UInt32
        var count: UInt32
        var offset: Int
    }

    /// Differs from process to process: nobody can choose strings that collide.
    private static let processSeed = UInt64.random(in: .min ... .max)

    private let seed = Self.processSeed
    private var arena: ByteSink
    private var entries: ContiguousArray<Entry> = []
    /// Numbers plus one; 0 is free. Its size is a power of two, and at least a quarter of it is free.
    private var slots: UnsafeMutablePointer<UInt32>
    private var mask: Int
    /// A byte that is put after each string in the arena.
    private let separator: UInt8?

    init(slots count: Int = 1024, separator: UInt8? = nil) {
        arena = ByteSink(capacity: count * 16)
        entries.reserveCapacity(count)
        slots = .allocate(capacity: count)
        slots.initialize(repeating: 0, count: count)
        mask = count - 1
        self.separator = separator
    }

    deinit {
        slots.deallocate()
    }

    var count: Int { entries.count }

    /// All strings one after the other, each with the separator if there is one.
    var text: UnsafeRawBufferPointer { arena.bytes }

    /// The string with a number; valid until the next is added.
    @inline(__always)
    func bytes(_ number: Int) -> UnsafeRawBufferPointer {
        let entry = entries[number]
        return UnsafeRawBufferPointer(start: arena.base + entry.offset, count: Int(entry.count))
    }

    /// The number of a string, and whether it is new.
    @inline(__always)
    mutating func intern(_ bytes: UnsafeRawBufferPointer) -> (number: Int, isNew: Bool) {
        let hash = self.hash(bytes)
        let short = UInt32(truncatingIfNeeded: hash >> 32)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let found = slots[slot]
            guard found != 0 else { break }
            let entry = entries[Int(found) - 1]
            if entry.hash == short, Int(entry.count) == bytes.count, Self.areEqual(arena.base + entry.offset, bytes) {
                return (Int(found) - 1, false)
            }
            slot = (slot + 1) & mask
        }
        return (add(bytes, hash: short, slot: slot, low: hash), true)
    }

    @inline(never)
    private mutating func add(_ bytes: UnsafeRawBufferPointer, hash: UInt32, slot: Int, low: UInt64) -> Int {
        let number = entries.count
        entries.append(Entry(hash: hash, count: UInt32(bytes.count), offset: arena.count))
        arena.reserve(bytes.count + 1)
        arena.put(bytes)
        if let separator { arena.put(separator) }
        slots[slot] = UInt32(number + 1)
        if (number + 1) * 4 > (mask + 1) * 3 { grow() }
        return number
    }

    private mutating func grow() {
        let size = (mask + 1) * 4
        slots.deallocate()
        slots = .allocate(capacity: size)
        slots.initialize(repeating: 0, count: size)
        mask = size - 1
        for number in entries.indices {
            var slot = Int(truncatingIfNeeded: hash(bytes(number))) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number + 1)
        }
    }

    /// Multiplies and folds words of eight bytes; the last one overlaps the one before it.
    @inline(__always)
    private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        var state = seed ^ UInt64(truncatingIfNeeded: count)
        guard count > 0, let base = bytes.baseAddress else { return Self.mix(state, 0x9E37_79B9_7F4A_7C15) }
        if count >= 8 {
            var offset = 0
            while offset < count - 8 {
                state = Self.mix(state ^ base.loadUnaligned(fromByteOffset: offset, as: UInt64.self), 0xA076_1D64_78BD_642F)
                offset += 8
            }
            return Self.mix(state ^ base.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), 0xE703_7ED1_A0B4_28DB)
        }
        var word: UInt64
        if count >= 4 {
            let low = UInt64(base.loadUnaligned(as: UInt32.self))
            word = UInt64(base.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)) << 32 | low
        } else {
            word = UInt64(bytes[0]) << 16 | UInt64(bytes[count >> 1]) << 8 | UInt64(bytes[count - 1])
        }
        word ^= state
        return Self.mix(word, 0xE703_7ED1_A0B4_28DB)
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inline(__always)
    private static func areEqual(_ left: UnsafeMutablePointer<UInt8>, _ right: UnsafeRawBufferPointer) -> Bool {
        let count = right.count
        guard count > 0, let other = right.baseAddress else { return true }
        let own = UnsafeRawPointer(left)
        guard count >= 8 else {
            for offset in 0..<count where own.load(fromByteOffset: offset, as: UInt8.self) != right[offset] { return false }
            return true
        }
        var offset = 0
        while offset < count - 8 {
            if own.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != other.loadUnaligned(fromByteOffset: offset, as: UInt64.self) {
                return false
            }
            offset += 8
        }
        let last = count - 8
        return own.loadUnaligned(fromByteOffset: last, as: UInt64.self) == other.loadUnaligned(fromByteOffset: last, as: UInt64.self)
    }
}

// Bytes that are written one after the other, as fast as that goes.

/// A growing buffer. Writers ask for room once, then write without looking.
struct ByteSink: ~Copyable {
    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 1024) {
        base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        base.deallocate()
    }

    /// What was written; valid until the next write.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Makes room for `more` bytes.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }

    mutating func removeAll() {
        count = 0
    }

    /// Writes a byte. There must be room.
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        base[count] = byte
        count += 1
    }

    /// Writes an integer of up to ten bytes, seven bits a byte. There must be room.
    @inline(__always)
    mutating func putVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        put(UInt8(truncatingIfNeeded: rest))
    }

    /// Writes a signed integer of up to ten bytes (zigzag). There must be room.
    @inline(__always)
    mutating func putSigned(_ value: Int64) {
        putVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    /// Writes the bytes of an integer, least significant first. There must be room.
    @inline(__always)
    mutating func putFixed<Value: FixedWidthInteger>(_ value: Value) {
        UnsafeMutableRawPointer(base + count).storeBytes(of: value.littleEndian, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    /// Writes bytes. There must be room.
    @inline(__always)
    mutating func put(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: source.count)
        count += source.count
    }

    // MARK: With room

    mutating func append(_ byte: UInt8) {
        reserve(1)
        put(byte)
    }

    mutating func appendVarint(_ value: Int) {
        reserve(10)
        putVarint(UInt64(value))
    }

    mutating func append(_ source: UnsafeRawBufferPointer) {
        reserve(source.count)
        put(source)
    }

    /// A length, and the bytes.
    mutating func appendCounted(_ source: UnsafeRawBufferPointer) {
        reserve(10 + source.count)
        putVarint(UInt64(source.count))
        put(source)
    }

    /// What was written.
    func array() -> [UInt8] { Array(bytes) }

    /// Replaces the one byte at a place, from which on only whole items follow, by a longer varint.
    mutating func widenVarint(at place: Int, to value: UInt64) {
        let end = count
        reserve(10)
        putVarint(value)
        let width = count - end
        let varint = (0..<width).map { base[end + $0] }
        UnsafeMutableRawPointer(base + place + width).copyMemory(from: base + place + 1, byteCount: end - place - 1)
        for (offset, byte) in varint.enumerated() { base[place + offset] = byte }
        count = end + width - 1
    }
}

// Reads the integers and strings of stored bytes, never past their end.

/// A place in bytes that this program has written earlier; whatever they are, reading them ends in a value or a ``SegmentError``.
struct SegmentReadCursor {
    private let base: UnsafePointer<UInt8>
    private(set) var position: Int
    private let end: Int

    /// All of the bytes.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, from: 0, to: bytes.count)
    }

    /// A part of the bytes. The caller has checked that it is one.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, from position: Int, to end: Int) {
        // Of no bytes any address will do: it is never read.
        let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: -1).unsafelyUnwrapped
        base = start.assumingMemoryBound(to: UInt8.self)
        self.position = position
        self.end = end
    }

    var isAtEnd: Bool { position == end }
    var remaining: Int { end - position }

    @inline(__always)
    mutating func byte() throws -> UInt8 {
        guard position < end else { throw SegmentError("it ends too early") }
        defer { position += 1 }
        return base[position]
    }

    @inline(__always)
    mutating func varint() throws -> UInt64 {
        guard position < end else { throw SegmentError("it ends too early") }
        let first = base[position]
        if first < 0x80 {
            position += 1
            return UInt64(first)
        }
        return try longVarint()
    }

    private mutating func longVarint() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = base[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw SegmentError("an integer does not end")
    }

    /// A varint of a signed number (zigzag).
    @inline(__always)
    mutating func signed() throws -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// Eight bytes, least significant first.
    @inline(__always)
    mutating func fixed() throws -> UInt64 {
        guard end - position >= 8 else { throw SegmentError("it ends too early") }
        defer { position += 8 }
        return UInt64(littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self))
    }

    /// A varint that is less than `limit`.
    @inline(__always)
    mutating func index(below limit: Int) throws -> Int {
        let value = try varint()
        guard value < UInt64(limit) else { throw SegmentError("an index is out of range") }
        return Int(value)
    }

    /// The count of things that take at least so many bytes each: a damaged one is found before room is made for it.
    @inline(__always)
    mutating func count(minimumBytes: Int) throws -> Int {
        let value = try varint()
        guard value <= UInt64(remaining / minimumBytes) else { throw SegmentError("a count is out of range") }
        return Int(value)
    }

    /// A count, and so many things.
    mutating func array<Element>(minimumBytes: Int, _ element: (inout SegmentReadCursor) throws -> Element) throws -> [Element] {
        let count = try count(minimumBytes: minimumBytes)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    /// A length, and so many bytes.
    @inline(__always)
    mutating func bytes() throws -> UnsafeRawBufferPointer {
        try bytes(count: count(minimumBytes: 1))
    }

    @inline(__always)
    mutating func bytes(count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw SegmentError("it ends too early") }
        defer { position += count }
        return UnsafeRawBufferPointer(start: base + position, count: count)
    }

    /// A length, and so many bytes of UTF-8; what is none is repaired.
    mutating func string() throws -> String {
        String(decoding: try bytes(), as: UTF8.self)
    }
}

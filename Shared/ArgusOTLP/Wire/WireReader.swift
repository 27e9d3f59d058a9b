// Reads the protobuf wire format in place.

/// A position within one message.
///
/// It accepts exactly what Swift's generated code accepts: numbers of up to ten bytes, tags of up to five, groups in unknown fields, a known
/// field with another wire type as if it were unknown.
struct WireReader {
    /// Messages within messages, the outermost counted: the default of generated code.
    static let depthLimit = 100

    private(set) var position: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>

    @inline(__always)
    init(_ position: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
        self.position = position
        self.end = end
    }

    /// Of an empty buffer the base may be nil, which reads as well as any other address that is never looked at.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: -1).unsafelyUnwrapped
        position = start.assumingMemoryBound(to: UInt8.self)
        end = position + bytes.count
    }

    @inline(__always)
    var atEnd: Bool { position >= end }

    @inline(__always)
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: position, count: end - position) }

    /// The next tag (field number << 3 | wire type). Fields that cannot be are refused by `skip`, which every unknown tag reaches.
    @inline(__always)
    mutating func tag() throws(WireError) -> UInt32 {
        let first = position.pointee
        guard first >= 0x80 else {
            position += 1
            return UInt32(first)
        }
        return try longTag()
    }

    @inline(never)
    private mutating func longTag() throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        var next = position
        for shift in stride(from: UInt32(0), through: 28, by: 7) {
            guard next < end else { throw WireError(.truncated, at: position) }
            let byte = next.pointee
            next += 1
            value |= UInt32(byte & 0x7F) << shift
            if shift == 28 {
                guard byte <= 15 else { break }
            } else if byte >= 0x80 {
                continue
            }
            position = next
            return value
        }
        throw WireError(.tag, at: position)
    }

    @inline(__always)
    mutating func varint() throws(WireError) -> UInt64 {
        guard position < end else { throw WireError(.truncated, at: position) }
        let first = position.pointee
        guard first >= 0x80 else {
            position += 1
            return UInt64(first)
        }
        return try longVarint()
    }

    @inline(never)
    private mutating func longVarint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var next = position
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard next < end else { throw WireError(.truncated, at: position) }
            let byte = next.pointee
            next += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                position = next
                return value
            }
        }
        throw WireError(.varint, at: position)
    }

    @inline(__always)
    mutating func fixed64() throws(WireError) -> UInt64 {
        guard end - position >= 8 else { throw WireError(.truncated, at: position) }
        defer { position += 8 }
        return UInt64(littleEndian: UnsafeRawPointer(position).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    mutating func fixed32() throws(WireError) -> UInt32 {
        guard end - position >= 4 else { throw WireError(.truncated, at: position) }
        defer { position += 4 }
        return UInt32(littleEndian: UnsafeRawPointer(position).loadUnaligned(as: UInt32.self))
    }

    /// The body of a length-delimited field.
    @inline(__always)
    mutating func bytes() throws(WireError) -> UnsafeRawBufferPointer {
        let count = try varint()
        guard count <= UInt64(end - position) else { throw WireError(.truncated, at: position) }
        let body = UnsafeRawBufferPointer(start: position, count: Int(count))
        position += Int(count)
        return body
    }

    /// The body of a string.
    @inline(__always)
    mutating func string() throws(WireError) -> UnsafeRawBufferPointer {
        let start = position
        let body = try bytes()
        guard UTF8Check.isValid(body) else { throw WireError(.utf8, at: start) }
        return body
    }

    /// The body of a message as a reader of its own.
    @inline(__always)
    mutating func message() throws(WireError) -> WireReader {
        WireReader(try bytes())
    }

    /// Passes over the field whose tag was just read. `depth` is how many more levels may open.
    @inline(never)
    mutating func skip(_ tag: UInt32, depth: Int) throws(WireError) {
        guard tag >= 8 else { throw WireError(.tag, at: position) }
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: _ = try fixed64()
        case 2: _ = try bytes()
        case 3: try skipGroup(tag, depth: depth)
        case 5: _ = try fixed32()
        default: throw WireError(.tag, at: position)
        }
    }

    private mutating func skipGroup(_ tag: UInt32, depth: Int) throws(WireError) {
        guard depth > 0 else { throw WireError(.depth, at: position) }
        while true {
            let start = position
            let inner = try varint()
            guard inner < UInt64(UInt32.max) else { throw WireError(.tag, at: start) }
            let innerTag = UInt32(inner)
            if innerTag & 7 == 4 {
                guard innerTag >> 3 == tag >> 3 else { throw WireError(.tag, at: start) }
                return
            }
            try skip(innerTag, depth: depth - 1)
        }
    }
}

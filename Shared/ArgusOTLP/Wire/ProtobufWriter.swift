// Writes the protobuf wire format.

/// Appends fields to `bytes`. Scalars that are zero or empty are left out, as proto3 does; `always...` writes them.
public struct ProtobufWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer with room for `capacity` bytes.
    public init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Starts over, keeping the storage.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// A whole number, two's complement where negative (`int32`, `int64`, `uint32`, `uint64`, enumerations, `bool`).
    public mutating func varint(_ field: UInt32, _ value: UInt64) {
        if value != 0 { alwaysVarint(field, value) }
    }

    /// The same, zeros too (members of a `oneof`).
    public mutating func alwaysVarint(_ field: UInt32, _ value: UInt64) {
        bytes.appendVarint(UInt64(field) << 3)
        bytes.appendVarint(value)
    }

    /// Eight bytes, little-endian (`fixed64`).
    public mutating func fixed64(_ field: UInt32, _ value: UInt64) {
        if value != 0 { alwaysFixed64(field, value) }
    }

    /// The same, zeros too (members of a `oneof`; `double` by its bit pattern).
    public mutating func alwaysFixed64(_ field: UInt32, _ value: UInt64) {
        bytes.appendVarint(UInt64(field) << 3 | 1)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Four bytes, little-endian (`fixed32`).
    public mutating func fixed32(_ field: UInt32, _ value: UInt32) {
        guard value != 0 else { return }
        bytes.appendVarint(UInt64(field) << 3 | 5)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A string.
    public mutating func string(_ field: UInt32, _ value: String) {
        if !value.isEmpty { alwaysString(field, value) }
    }

    /// The same, the empty one too (members of a `oneof`).
    public mutating func alwaysString(_ field: UInt32, _ value: String) {
        var copy = value
        copy.withUTF8 { bytes.appendField(field << 3 | 2, UnsafeRawBufferPointer($0)) }
    }

    /// Bytes, or a message that is encoded already.
    public mutating func bytes(_ field: UInt32, _ value: some Collection<UInt8>) {
        if !value.isEmpty { alwaysBytes(field, value) }
    }

    /// The same, none too (members of a `oneof`, repeated messages).
    public mutating func alwaysBytes(_ field: UInt32, _ value: some Collection<UInt8>) {
        bytes.appendVarint(UInt64(field) << 3 | 2)
        bytes.appendVarint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Fields that are encoded already.
    public mutating func append(encoded fields: some Collection<UInt8>) {
        bytes.append(contentsOf: fields)
    }

    /// A message that `body` writes, even if it writes nothing.
    public mutating func message<E: Error>(_ field: UInt32, _ body: (inout ProtobufWriter) throws(E) -> Void) throws(E) {
        bytes.appendVarint(UInt64(field) << 3 | 2)
        // One byte is enough for most lengths; a longer one moves the body.
        bytes.append(0)
        let start = bytes.count
        try body(&self)
        let count = bytes.count - start
        if count < 0x80 {
            bytes[start - 1] = UInt8(count)
            return
        }
        var length: [UInt8] = []
        length.appendVarint(UInt64(count))
        bytes.replaceSubrange((start - 1)..<start, with: length)
    }
}

extension [UInt8] {
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// A length-delimited field.
    mutating func appendField(_ tag: UInt32, _ body: UnsafeRawBufferPointer) {
        appendVarint(UInt64(tag))
        appendVarint(UInt64(body.count))
        append(contentsOf: body)
    }
}

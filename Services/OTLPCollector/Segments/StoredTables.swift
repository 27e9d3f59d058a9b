// The tables of a stored segment.

import ArgusOTLP

/// What the items of a stored segment refer to: see ``SegmentFormat``. Places are looked up once; what is there is decoded when asked for.
struct StoredTables: Sendable {
    /// Bytes of the body.
    struct Slice: Sendable {
        var offset: UInt32
        var count: UInt32
    }

    /// An attribute.
    struct Pair: Sendable {
        /// Number of the key in `strings`.
        var key: UInt32
        /// The encoded `AnyValue`.
        var value: Slice
    }

    /// A resource and scope.
    struct Origin {
        var service: String
        var resource: Resource
        var scope: Scope
    }

    let body: [UInt8]
    let count: Int
    let minTime: Int64
    let strings: ContiguousArray<Slice>
    let attributes: ContiguousArray<Pair>
    let bodies: ContiguousArray<Slice>
    let origins: ContiguousArray<Slice>
    /// Where the items are.
    let items: Range<Int>

    init(body: [UInt8], signal: OTLPSignal) throws {
        guard body.count < Int(UInt32.max) else { throw SegmentError("it is too large") }
        self.body = body
        let parsed = try body.withUnsafeBytes { bytes in
            var cursor = SegmentReadCursor(bytes)
            guard try cursor.byte() == SegmentFormat.version else { throw SegmentError("an unknown version") }
            guard try cursor.byte() == UInt8(signal.rawValue) else { throw SegmentError("another signal") }
            let count = try cursor.count(minimumBytes: 1)
            let minTime = Int64(bitPattern: try cursor.fixed())
            let strings = try Self.slices(try Self.section(&cursor, bytes))
            var section = try Self.section(&cursor, bytes)
            let limit = strings.count
            let attributes = try section.array(minimumBytes: 2) { cursor in
                Pair(key: UInt32(try cursor.index(below: limit)), value: try Self.slice(&cursor))
            }
            let bodies = try Self.slices(try Self.section(&cursor, bytes))
            let origins = try Self.slices(try Self.section(&cursor, bytes))
            let length = try cursor.count(minimumBytes: 1)
            guard length == cursor.remaining else { throw SegmentError("the items do not fill the rest") }
            return (count, minTime, strings, ContiguousArray(attributes), bodies, origins, cursor.position..<bytes.count)
        }
        (count, minTime, strings, attributes, bodies, origins, items) = parsed
    }

    private static func section(_ cursor: inout SegmentReadCursor, _ bytes: UnsafeRawBufferPointer) throws -> SegmentReadCursor {
        let count = try cursor.count(minimumBytes: 1)
        let start = cursor.position
        _ = try cursor.bytes(count: count)
        return SegmentReadCursor(bytes, from: start, to: start + count)
    }

    private static func slice(_ cursor: inout SegmentReadCursor) throws -> Slice {
        let count = try cursor.count(minimumBytes: 1)
        let offset = cursor.position
        _ = try cursor.bytes(count: count)
        return Slice(offset: UInt32(offset), count: UInt32(count))
    }

    private static func slices(_ section: SegmentReadCursor) throws -> ContiguousArray<Slice> {
        var section = section
        return ContiguousArray(try section.array(minimumBytes: 1) { try slice(&$0) })
    }
}

/// Decodes what the items refer to.
extension StoredTables {
    /// `slice` in the body.
    @inline(__always)
    static func bytes(_ slice: Slice, of body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: body[Int(slice.offset)..<Int(slice.offset + slice.count)])
    }

    func string(_ number: Int, of body: UnsafeRawBufferPointer) -> String {
        String(decoding: Self.bytes(strings[number], of: body), as: UTF8.self)
    }

    /// Reads a number, and gives the string.
    func string(_ cursor: inout SegmentReadCursor, of body: UnsafeRawBufferPointer) throws -> String {
        string(try cursor.index(below: strings.count), of: body)
    }

    /// The place of a string; nil if the segment does not have it.
    func number(of text: String, in body: UnsafeRawBufferPointer) -> Int? {
        var copy = text
        return copy.withUTF8 { text in
            strings.firstIndex { $0.count == text.count && Self.bytes($0, of: body).elementsEqual(text) }
        }
    }

    func value(_ slice: Slice, of body: UnsafeRawBufferPointer) -> AnyValueView {
        AnyValueView(encoded: Self.bytes(slice, of: body))
    }

    /// Reads a list of attributes.
    func attributes(_ cursor: inout SegmentReadCursor, of body: UnsafeRawBufferPointer) throws -> [Attribute] {
        try cursor.array(minimumBytes: 1) { cursor in
            let pair = attributes[try cursor.index(below: attributes.count)]
            return Attribute(string(Int(pair.key), of: body), value(pair.value, of: body).decoded())
        }
    }

    /// Reads a count that OTLP has as 32 bits.
    static func dropped(_ cursor: inout SegmentReadCursor) throws -> UInt32 {
        UInt32(try cursor.index(below: Int(UInt32.max) + 1))
    }

    func origin(_ number: Int, of body: UnsafeRawBufferPointer) throws -> Origin {
        let slice = origins[number]
        var cursor = SegmentReadCursor(body, from: Int(slice.offset), to: Int(slice.offset + slice.count))
        let service = try string(&cursor, of: body)
        var resource = Resource(attributes: try attributes(&cursor, of: body), droppedAttributes: try Self.dropped(&cursor))
        resource.schemaURL = try string(&cursor, of: body)
        var scope = Scope(name: try string(&cursor, of: body), version: try string(&cursor, of: body))
        scope.attributes = try attributes(&cursor, of: body)
        scope.droppedAttributes = try Self.dropped(&cursor)
        scope.schemaURL = try string(&cursor, of: body)
        return Origin(service: service, resource: resource, scope: scope)
    }
}

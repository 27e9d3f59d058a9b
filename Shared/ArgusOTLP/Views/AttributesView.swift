// Attributes in place.

/// The `KeyValue`s of a message or list, in order, repeated keys included; valid as long as the request's bytes are.
public struct AttributesView: Sequence {
    let bytes: UnsafeRawBufferPointer
    let tag: UInt32
    private let knownCount: Int

    init(_ bytes: UnsafeRawBufferPointer, tag: UInt32) {
        self.bytes = bytes
        self.tag = tag
        knownCount = -1
    }

    init(_ extent: FieldExtent, tag: UInt32) {
        bytes = extent.bytes
        self.tag = tag
        knownCount = extent.count
    }

    /// No attributes.
    public static var none: AttributesView { AttributesView(FieldExtent(), tag: Tag.listValues) }

    /// How many there are. Of attributes of a span, a log record, a resource or a scope it is known, of others it is counted.
    public var count: Int {
        guard knownCount < 0 else { return knownCount }
        var fields = FieldIterator(bytes, tag: tag)
        var count = 0
        while fields.next() != nil { count += 1 }
        return count
    }

    /// The same as `count` where that is known.
    public var underestimatedCount: Int { Swift.max(knownCount, 0) }

    /// From the first to the last.
    public func makeIterator() -> Iterator {
        Iterator(fields: FieldIterator(bytes, tag: tag))
    }

    /// The first value of `key`.
    public func first(_ key: StaticString) -> AnyValueView? {
        for (name, value) in self where name.count == key.utf8CodeUnitCount && name.elementsEqual(UnsafeRawBufferPointer(key)) {
            return value
        }
        return nil
    }

    /// The attributes by themselves.
    public func decoded() -> [Attribute] {
        map { Attribute(String(decoding: $0.key, as: UTF8.self), $0.value.decoded()) }
    }

    /// Goes through the attributes.
    public struct Iterator: IteratorProtocol {
        var fields: FieldIterator

        /// The next one: the UTF-8 of its key, and its value.
        public mutating func next() -> (key: UnsafeRawBufferPointer, value: AnyValueView)? {
            guard let body = fields.next() else { return nil }
            return AttributesView.decode(body)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of a literal.
    init(_ text: StaticString) {
        self.init(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    static var none: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

// A value in place.

/// OTLP `AnyValue` within the bytes of its request; valid as long as they are.
public struct AnyValueView {
    /// Which field of the `oneof` is set.
    public enum Kind: UInt8, Sendable {
        case empty, string, bool, int, double, bytes, array, keyValues
    }

    /// What the value is.
    public let kind: Kind
    private let bits: UInt64
    private let payload: UnsafeRawBufferPointer
    /// The encoded `AnyValue`; empty for an absent value.
    public let raw: UnsafeRawBufferPointer

    /// Reads an encoded `AnyValue`; what is malformed reads as if the message ended there.
    public init(encoded raw: UnsafeRawBufferPointer) {
        var kind = Kind.empty
        var bits: UInt64 = 0
        var payload = UnsafeRawBufferPointer(start: nil, count: 0)
        var reader = WireReader(raw)
        do throws(WireError) {
            while !reader.atEnd {
                let tag = try reader.tag()
                switch tag {
                case AnyValueTag.string: (kind, payload) = (.string, try reader.bytes())
                case AnyValueTag.bool: (kind, bits) = (.bool, try reader.varint())
                case AnyValueTag.int: (kind, bits) = (.int, try reader.varint())
                case AnyValueTag.double: (kind, bits) = (.double, try reader.fixed64())
                case AnyValueTag.array: (kind, payload) = (.array, try reader.bytes())
                case AnyValueTag.keyValues: (kind, payload) = (.keyValues, try reader.bytes())
                case AnyValueTag.bytes: (kind, payload) = (.bytes, try reader.bytes())
                default: try reader.skip(tag, depth: WireReader.depthLimit)
                }
            }
        } catch {}
        self.kind = kind
        self.bits = bits
        self.payload = payload
        self.raw = raw
    }

    /// The UTF-8 of a string, the bytes of `bytes`; of another kind empty.
    public var string: UnsafeRawBufferPointer { kind == .string || kind == .bytes ? payload : UnsafeRawBufferPointer(start: nil, count: 0) }

    /// The bytes of `bytes`, the UTF-8 of a string; of another kind empty.
    public var bytes: UnsafeRawBufferPointer { string }

    /// The value of `bool`; of another kind false.
    public var bool: Bool { kind == .bool && bits != 0 }

    /// The value of `int`; of another kind 0.
    public var int: Int64 { kind == .int ? Int64(bitPattern: bits) : 0 }

    /// The value of `double`; of another kind 0.
    public var double: Double { kind == .double ? Double(bitPattern: bits) : 0 }

    /// The elements of an array; of another kind none.
    public var elements: ElementsView {
        ElementsView(list: kind == .array ? payload : UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// The entries of a key-value list; of another kind none.
    public var keyValues: AttributesView {
        AttributesView(kind == .keyValues ? payload : UnsafeRawBufferPointer(start: nil, count: 0), tag: Tag.listValues)
    }

    /// The value by itself.
    public func decoded() -> AnyValue {
        switch kind {
        case .empty: .empty
        case .string: .string(String(decoding: payload, as: UTF8.self))
        case .bool: .bool(bool)
        case .int: .int(int)
        case .double: .double(double)
        case .bytes: .bytes(Array(payload))
        case .array: .array(elements.map { $0.decoded() })
        case .keyValues: .keyValues(keyValues.decoded())
        }
    }
}

/// The elements of an `ArrayValue`, in order.
public struct ElementsView: Sequence {
    private let list: UnsafeRawBufferPointer

    init(list: UnsafeRawBufferPointer) {
        self.list = list
    }

    /// From the first to the last.
    public func makeIterator() -> Iterator {
        Iterator(fields: FieldIterator(list, tag: Tag.listValues))
    }

    /// Goes through the elements.
    public struct Iterator: IteratorProtocol {
        var fields: FieldIterator

        /// The next one.
        public mutating func next() -> AnyValueView? {
            guard let body = fields.next() else { return nil }
            return AnyValueView(encoded: body)
        }
    }
}

// A JSON value as a tree, for the places where speed is no concern.

/// Any JSON value. Members keep their order.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One member of an object.
    public struct Member: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: JSONValue

        /// A member `name: value`.
        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Parses a whole text.
    public init(parsing bytes: [UInt8], limits: JSONReader.Limits = .untrusted) throws {
        self = try JSONReader.read(bytes, limits: limits) { try JSONValue(from: &$0) }
    }

    /// Reads the next value.
    public init(from reader: inout JSONReader) throws {
        switch try reader.peek() {
        case .object:
            var members: [Member] = []
            try reader.readObject { reader, key in members.append(Member(key.string, try JSONValue(from: &reader))) }
            self = .object(members)
        case .array:
            var elements: [JSONValue] = []
            try reader.readArray { reader, _ in elements.append(try JSONValue(from: &reader)) }
            self = .array(elements)
        case .string: self = .string(try reader.readString())
        case .number: self = try reader.readNumber()
        case .bool: self = .bool(try reader.readBool())
        case .null:
            _ = try reader.readNull()
            self = .null
        }
    }

    /// The member `name` of an object; nil where there is none or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The element `index` of an array; nil where there is none or this is no array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The string, if this is one.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The whole number, if this is one.
    public var integerValue: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The truth value, if this is one.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, if this is an array.
    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// Appends this value.
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .integer(let value): writer.integer(value)
        case .number(let value): writer.double(value)
        case .string(let value): writer.string(value)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.name)
                member.value.write(to: &writer)
            }
            writer.endObject()
        }
    }

    /// This value as compact JSON.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}

/// A JSON value kept as its text: checked once, then copied as it is.
public struct RawJSON: Sendable, Hashable {
    /// The text, well formed.
    public let bytes: [UInt8]

    init(validated bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Checks `bytes` to be one JSON value.
    public init(_ bytes: [UInt8], limits: JSONReader.Limits = .untrusted) throws {
        self = try JSONReader.read(bytes, limits: limits) { try $0.readRaw() }
    }

    /// The text of a tree.
    public init(_ value: JSONValue) {
        bytes = value.bytes
    }

    /// The text as a string.
    public var string: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The tree of the text.
    public func value() throws -> JSONValue {
        try JSONValue(parsing: bytes, limits: .trusted)
    }
}

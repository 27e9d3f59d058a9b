// The field types of the JSON mapping.

import ArgusShared

extension JSONReader {
    /// Reads an object; `null` members are passed over.
    mutating func members(_ body: (inout JSONReader, Key) throws -> Void) throws {
        try readObject { reader, key in
            if try !reader.readNull() { try body(&reader, key) }
        }
    }

    /// The same while writing.
    mutating func members(
        to writer: inout ProtobufWriter, _ body: (inout JSONReader, Key, inout ProtobufWriter) throws -> Void
    ) throws {
        try members { reader, key in try body(&reader, key, &writer) }
    }

    mutating func elements(_ body: (inout JSONReader) throws -> Void) throws {
        try readArray { reader, _ in try body(&reader) }
    }

    /// An object as a message.
    mutating func message(
        _ field: UInt32, to writer: inout ProtobufWriter, _ body: (inout JSONReader, inout ProtobufWriter) throws -> Void
    ) throws {
        try writer.message(field) { try body(&self, &$0) }
    }

    /// An array of objects as repeated messages.
    mutating func messages(
        _ field: UInt32, to writer: inout ProtobufWriter, _ body: (inout JSONReader, inout ProtobufWriter) throws -> Void
    ) throws {
        try elements { try $0.message(field, to: &writer, body) }
    }

    /// A 64-bit number, as a string or a number.
    mutating func readUInt64() throws -> UInt64 {
        if try peek() == .string {
            guard let value = UInt64(try readString()) else { throw error(.wrongType(expected: "an unsigned 64-bit number")) }
            return value
        }
        switch try readNumber() {
        case .integer(let value): if let value = UInt64(exactly: value) { return value }
        case .number(let value): if let value = UInt64(exactly: value) { return value }
        default: break
        }
        throw error(.wrongType(expected: "an unsigned 64-bit number"))
    }

    /// A 64-bit number, as a string or a number.
    mutating func readInt64() throws -> Int64 {
        if try peek() == .string {
            guard let value = Int64(try readString()) else { throw error(.wrongType(expected: "a 64-bit number")) }
            return value
        }
        switch try readNumber() {
        case .integer(let value): return value
        case .number(let value): if let value = Int64(exactly: value) { return value }
        default: break
        }
        throw error(.wrongType(expected: "a 64-bit number"))
    }

    mutating func readUInt32() throws -> UInt32 {
        guard let value = UInt32(exactly: try readUInt64()) else { throw error(.wrongType(expected: "an unsigned 32-bit number")) }
        return value
    }

    /// A number, or what JSON has no number for as a string.
    mutating func readDouble() throws -> Double {
        if try peek() == .string {
            switch try readString() {
            case "NaN": return .nan
            case "Infinity": return .infinity
            case "-Infinity": return -.infinity
            case let text:
                guard let value = Double(text), value.isFinite else { throw error(.wrongType(expected: "a number")) }
                return value
            }
        }
        switch try readNumber() {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        default: throw error(.wrongType(expected: "a number"))
        }
    }

    /// An enumeration's value by number or by name, as it stands on the wire; a name that is not known is the default, like any unknown
    /// member.
    mutating func readEnum(_ named: (String) -> Int32?) throws -> UInt64 {
        if try peek() == .string { return UInt64(bitPattern: Int64(named(try readString()) ?? 0)) }
        guard let value = Int32(exactly: try readInt64()) else { throw error(.wrongType(expected: "an enumeration's number")) }
        return UInt64(bitPattern: Int64(value))
    }

    /// Hexadecimal digits of either case, in pairs.
    mutating func readHex() throws -> [UInt8] {
        var text = try readString()
        let bytes: [UInt8]? = text.withUTF8 { digits in
            guard digits.count.isMultiple(of: 2) else { return nil }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(digits.count / 2)
            for index in stride(from: 0, to: digits.count, by: 2) {
                guard let high = Hex.digit(digits[index]), let low = Hex.digit(digits[index + 1]) else { return nil }
                bytes.append(high << 4 | low)
            }
            return bytes
        }
        guard let bytes else { throw error(.wrongType(expected: "hexadecimal digits")) }
        return bytes
    }

    mutating func readBase64() throws -> [UInt8] {
        guard let bytes = Base64.decode(try readString()) else { throw error(.wrongType(expected: "base64")) }
        return bytes
    }
}

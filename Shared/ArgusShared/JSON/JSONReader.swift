// A strict, allocation-light pull reader of JSON (RFC 8259) over bytes in memory.

/// Reads one JSON text front to back.
///
/// Strict: no comments, no trailing commas, no NaN, valid UTF-8 only, surrogate escapes in pairs. Depth is bounded. Use
/// `JSONReader.read(_:limits:_:)`; a reader is valid only inside that closure, for it points into the caller's bytes.
public struct JSONReader {
    /// What a text may cost.
    public struct Limits: Sendable {
        /// Containers within containers.
        public var depth: Int
        /// Whether a key that occurs twice in one object is an error, at every level. Costs a little; doors set it.
        public var rejectsDuplicateKeys: Bool

        /// Trusted texts of our own.
        public static let trusted = Limits(depth: 64, rejectsDuplicateKeys: false)
        /// Texts from outside.
        public static let untrusted = Limits(depth: 32, rejectsDuplicateKeys: true)

        /// Limits of the caller's own.
        public init(depth: Int, rejectsDuplicateKeys: Bool) {
            self.depth = depth
            self.rejectsDuplicateKeys = rejectsDuplicateKeys
        }
    }

    /// The kind of the value that comes next.
    public enum Kind: Sendable {
        case object, array, string, number, bool, null
    }

    let text: UnsafeBufferPointer<UInt8>
    let limits: Limits
    /// Zero-based offset of the next unread byte.
    public private(set) var position = 0
    private var depth = 0

    private init(text: UnsafeBufferPointer<UInt8>, limits: Limits) {
        self.text = text
        self.limits = limits
    }

    /// Reads a whole text with `body` and requires that nothing but white space follows.
    public static func read<T>(_ bytes: [UInt8], limits: Limits = .trusted, _ body: (inout JSONReader) throws -> T) throws -> T {
        try bytes.withUnsafeBufferPointer { try read($0, limits: limits, body) }
    }

    /// Reads a whole text with `body` and requires that nothing but white space follows.
    public static func read<T>(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: Limits = .trusted, _ body: (inout JSONReader) throws -> T
    ) throws -> T {
        var reader = JSONReader(text: bytes, limits: limits)
        let value = try body(&reader)
        reader.skipWhitespace()
        guard reader.position == bytes.count else { throw reader.error(.trailingData) }
        return value
    }

    /// An error at the current position.
    public func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason, at: position, in: text)
    }

    /// The kind of the next value, judged by its first byte.
    public mutating func peek() throws -> Kind {
        skipWhitespace()
        guard position < text.count else { throw error(.unexpectedEnd) }
        switch text[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.unexpectedCharacter(text[position]))
        }
    }

    // MARK: Containers

    /// A member's name, still in place.
    public struct Key {
        let bytes: UnsafeBufferPointer<UInt8>
        let unescaped: String?

        /// Whether the name is `name`, without making a string.
        @inline(__always)
        public static func ~= (name: StaticString, key: Key) -> Bool {
            if let unescaped = key.unescaped { return unescaped == name.description }
            return name.withUTF8Buffer { areEqual($0, key.bytes) }
        }

        /// The name as a string.
        public var string: String {
            unescaped ?? String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Reads an object; `member` must read exactly one value each time.
    public mutating func readObject(_ member: (inout JSONReader, Key) throws -> Void) throws {
        try open(UInt8(ascii: "{"), expected: "an object")
        var seen = KeySet()
        if try !closes(UInt8(ascii: "}")) {
            repeat {
                skipWhitespace()
                let start = position
                let key = try readKey()
                if limits.rejectsDuplicateKeys, !seen.insert(key) {
                    position = start
                    throw error(.duplicateKey(key.string))
                }
                skipWhitespace()
                try expect(UInt8(ascii: ":"))
                try member(&self, key)
            } while try continues(until: UInt8(ascii: "}"))
        }
        depth -= 1
    }

    /// Reads an array; `element` must read exactly one value each time. Its argument is the zero-based index.
    public mutating func readArray(_ element: (inout JSONReader, Int) throws -> Void) throws {
        try open(UInt8(ascii: "["), expected: "an array")
        if try !closes(UInt8(ascii: "]")) {
            var index = 0
            repeat {
                try element(&self, index)
                index += 1
            } while try continues(until: UInt8(ascii: "]"))
        }
        depth -= 1
    }

    private mutating func open(_ byte: UInt8, expected: String) throws {
        skipWhitespace()
        guard position < text.count else { throw error(.unexpectedEnd) }
        guard text[position] == byte else {
            _ = try peek()
            throw error(.wrongType(expected: expected))
        }
        guard depth < limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
        depth += 1
        position += 1
    }

    private mutating func closes(_ byte: UInt8) throws -> Bool {
        skipWhitespace()
        guard position < text.count else { throw error(.unexpectedEnd) }
        guard text[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func continues(until close: UInt8) throws -> Bool {
        if try closes(close) { return false }
        try expect(UInt8(ascii: ","))
        return true
    }

    private mutating func expect(_ byte: UInt8) throws {
        guard position < text.count else { throw error(.unexpectedEnd) }
        guard text[position] == byte else { throw error(.unexpectedCharacter(text[position])) }
        position += 1
    }

    // MARK: Scalars

    /// Reads a string.
    public mutating func readString() throws -> String {
        skipWhitespace()
        guard try peek() == .string else { throw error(.wrongType(expected: "a string")) }
        let (bytes, unescaped) = try scanString()
        return unescaped ?? String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a string, or nil for `null`.
    public mutating func readOptionalString() throws -> String? {
        try readNull() ? nil : readString()
    }

    /// Reads a number that is a whole one and fits 64 bits (`1`, but neither `1.0` nor `1e3`).
    public mutating func readInteger() throws -> Int64 {
        guard try peek() == .number else { throw error(.wrongType(expected: "a whole number")) }
        let start = position
        guard case .integer(let value) = try scanNumber() else {
            position = start
            throw error(.wrongType(expected: "a whole number"))
        }
        return value
    }

    /// Reads any number.
    public mutating func readNumber() throws -> JSONValue {
        guard try peek() == .number else { throw error(.wrongType(expected: "a number")) }
        return try scanNumber()
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws -> Bool {
        guard try peek() == .bool else { throw error(.wrongType(expected: "true or false")) }
        if text[position] == UInt8(ascii: "t") {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    /// Reads `null` if it comes next, and tells whether it did.
    public mutating func readNull() throws -> Bool {
        guard try peek() == .null else { return false }
        try literal("null")
        return true
    }

    /// Checks and passes over one value of any kind.
    public mutating func skipValue() throws {
        switch try peek() {
        case .object: try readObject { reader, _ in try reader.skipValue() }
        case .array: try readArray { reader, _ in try reader.skipValue() }
        case .string: _ = try scanString()
        case .number: _ = try scanNumber()
        case .bool: _ = try readBool()
        case .null: _ = try readNull()
        }
    }

    /// Checks one value of any kind and returns its text as it stands.
    public mutating func readRaw() throws -> RawJSON {
        skipWhitespace()
        let start = position
        try skipValue()
        return RawJSON(validated: Array(text[start..<position]))
    }

    // MARK: Scanning

    private mutating func skipWhitespace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func literal(_ word: StaticString) throws {
        let end = position + word.utf8CodeUnitCount
        guard end <= text.count else { throw error(.unexpectedEnd) }
        guard word.withUTF8Buffer({ $0.elementsEqual(text[position..<end]) }) else { throw error(.invalidLiteral) }
        position = end
    }

    private mutating func readKey() throws -> Key {
        guard position < text.count else { throw error(.unexpectedEnd) }
        guard text[position] == UInt8(ascii: "\"") else { throw error(.unexpectedCharacter(text[position])) }
        let (bytes, unescaped) = try scanString()
        return Key(bytes: bytes, unescaped: unescaped)
    }

    /// Passes over a string and returns the bytes between its quotes, and the decoded string where they hold an escape.
    private mutating func scanString() throws -> (UnsafeBufferPointer<UInt8>, String?) {
        position += 1
        let start = position
        var isASCII = true
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                let bytes = UnsafeBufferPointer(rebasing: text[start..<position])
                if !isASCII { try validateUTF8(bytes, from: start) }
                position += 1
                return (bytes, nil)
            }
            if byte == UInt8(ascii: "\\") {
                let decoded = try unescapeString(from: start)
                return (UnsafeBufferPointer(rebasing: text[start..<(position - 1)]), decoded)
            }
            if byte < 0x20 { throw error(.controlCharacter) }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        throw error(.unexpectedEnd)
    }

    private mutating func validateUTF8(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) throws {
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        position = start
        throw error(.invalidUTF8)
    }

    private mutating func unescapeString(from start: Int) throws -> String {
        var decoded = Array(text[start..<position])
        while position < text.count {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: decoded, as: UTF8.self) else {
                    position = start
                    throw error(.invalidUTF8)
                }
                return string
            case UInt8(ascii: "\\"): try decodeEscape(into: &decoded)
            case 0..<0x20: throw error(.controlCharacter)
            default:
                decoded.append(byte)
                position += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    private mutating func decodeEscape(into decoded: inout [UInt8]) throws {
        let start = position
        guard position + 1 < text.count else { throw error(.unexpectedEnd) }
        let byte = text[position + 1]
        position += 2
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = try unicodeScalar() else {
                position = start
                throw error(.invalidEscape)
            }
            decoded.append(contentsOf: Array(String(Character(scalar)).utf8))
        default:
            position = start
            throw error(.invalidEscape)
        }
    }

    /// The scalar of `\uXXXX` or of a surrogate pair, nil for half a pair or a bad digit.
    private mutating func unicodeScalar() throws -> Unicode.Scalar? {
        guard let first = try hexQuad() else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard position + 1 < text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u") else { return nil }
        position += 2
        guard let second = try hexQuad(), (0xDC00..<0xE000).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func hexQuad() throws -> UInt32? {
        guard position + 4 <= text.count else { throw error(.unexpectedEnd) }
        var value: UInt32 = 0
        for byte in text[position..<(position + 4)] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private mutating func scanNumber() throws -> JSONValue {
        let start = position
        var isInteger = true
        if text[position] == UInt8(ascii: "-") { position += 1 }
        let whole = position
        try digits()
        if position - whole > 1, text[whole] == UInt8(ascii: "0") {
            position = start
            throw error(.invalidNumber)
        }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits()
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(digits) { return .integer(integer) }
        guard let double = Double(digits), double.isFinite else {
            position = start
            throw error(.numberOutOfRange)
        }
        return .number(double)
    }

    private mutating func digits() throws {
        let start = position
        while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) { position += 1 }
        guard position > start else { throw error(position < text.count ? .invalidNumber : .unexpectedEnd) }
    }
}

/// Names differ in length or soon after the start: a plain loop is faster than `memcmp` or `elementsEqual`.
@inline(__always)
private func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] { return false }
    return true
}

/// The keys of one object: a short list that becomes a set when it grows.
private struct KeySet {
    private var few: [JSONReader.Key] = []
    private var many: Set<String>?

    mutating func insert(_ key: JSONReader.Key) -> Bool {
        if many != nil { return many?.insert(key.string).inserted ?? true }
        for other in few {
            if key.unescaped == nil, other.unescaped == nil {
                if areEqual(key.bytes, other.bytes) { return false }
            } else if key.string == other.string {
                return false
            }
        }
        if few.isEmpty { few.reserveCapacity(16) }
        few.append(key)
        if few.count > 16 { many = Set(few.map(\.string)) }
        return true
    }
}

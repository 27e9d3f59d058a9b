// Why a JSON text was refused, and where.

/// A JSON text that RFC 8259 or one of our limits refuses.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Sendable, Equatable {
        case unexpectedEnd
        case unexpectedCharacter(UInt8)
        case invalidLiteral
        case invalidNumber
        case numberOutOfRange
        case invalidEscape
        case controlCharacter
        case invalidUTF8
        case duplicateKey(String)
        case tooDeep(limit: Int)
        case trailingData
        /// The JSON is well formed, but another type stands there than the reader asked for.
        case wrongType(expected: String)
    }

    /// What is wrong.
    public let reason: Reason
    /// Zero-based byte offset into the text.
    public let offset: Int
    /// One-based line.
    public let line: Int
    /// One-based column, in bytes.
    public let column: Int

    init(_ reason: Reason, at offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        self.reason = reason
        self.offset = offset
        var line = 1
        var column = 1
        for byte in text.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }

    /// The same error in a longer text, in which what was read begins with a line, so many lines and bytes after the start.
    public func moved(lines: Int, bytes: Int) -> JSONError {
        JSONError(reason: reason, offset: offset + bytes, line: line + lines, column: column)
    }

    private init(reason: Reason, offset: Int, line: Int, column: Int) {
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// One sentence with the position.
    public var description: String {
        "\(what) at line \(line), column \(column) (byte \(offset))"
    }

    private var what: String {
        switch reason {
        case .unexpectedEnd: "the JSON ends too early"
        case .unexpectedCharacter(let byte): "unexpected \(Self.name(of: byte))"
        case .invalidLiteral: "neither true, false nor null"
        case .invalidNumber: "not a JSON number"
        case .numberOutOfRange: "a number too large to represent"
        case .invalidEscape: "an invalid escape sequence"
        case .controlCharacter: "an unescaped control character"
        case .invalidUTF8: "invalid UTF-8"
        case .duplicateKey(let key): "the key \"\(key)\" a second time"
        case .tooDeep(let limit): "nested more than \(limit) levels deep"
        case .trailingData: "something after the end of the JSON value"
        case .wrongType(let expected): "\(expected) expected"
        }
    }

    private static func name(of byte: UInt8) -> String {
        (0x20..<0x7F).contains(byte) ? "character '\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }
}

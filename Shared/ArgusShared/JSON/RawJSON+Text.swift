// What can be done with a JSON text without parsing it again.

extension RawJSON {
    /// What `writer` wrote, which must be one value, complete.
    public init(written writer: JSONWriter) {
        self.init(validated: writer.bytes)
    }

    /// The same value without white space between its tokens, on one line.
    public var compacted: RawJSON {
        guard bytes.contains(where: Self.isWhitespace) else { return self }
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        var isString = false
        var isEscaped = false
        for byte in bytes {
            if isString {
                copy.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
            } else if !Self.isWhitespace(byte) {
                copy.append(byte)
                isString = byte == UInt8(ascii: "\"")
            }
        }
        return RawJSON(validated: copy)
    }

    /// Whether a string or a key in it holds U+0000, which PostgreSQL stores in no text.
    public var containsNUL: Bool {
        var index = 0
        while let backslash = bytes[index...].firstIndex(of: UInt8(ascii: "\\")), backslash + 1 < bytes.count {
            if bytes[(backslash + 1)...].starts(with: "u0000".utf8) { return true }
            index = backslash + 2
        }
        return false
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}

// Hexadecimal digits to words and back, 16 at a time.

enum Hex {
    /// The word of 16 digits of either case, most significant first; nil if one of them is no digit.
    @inline(__always)
    static func word(_ digits: UnsafePointer<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var isValid = true
        for index in 0..<16 {
            let byte = digits[index]
            let letter = byte | 0x20
            isValid = isValid && (byte &- 0x30 < 10 || letter &- 0x61 < 6)
            value = value << 4 | UInt64((byte & 0xF) &+ (byte >> 6) &* 9)
        }
        return isValid ? value : nil
    }

    /// Writes the 16 lower-case digits of `word`.
    @inline(__always)
    static func write(_ word: UInt64, to digits: UnsafeMutablePointer<UInt8>) {
        var rest = word
        for index in (0..<16).reversed() {
            let nibble = UInt8(truncatingIfNeeded: rest & 0xF)
            digits[index] = nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
            rest >>= 4
        }
    }

    /// The value of a digit of either case.
    static func digit(_ byte: UInt8) -> UInt8? {
        guard byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 else { return nil }
        return (byte & 0xF) &+ (byte >> 6) &* 9
    }

    /// Calls `body` with the UTF-8 of `text` if that is `count` bytes long.
    @inline(__always)
    static func withDigits<T>(_ text: some StringProtocol, count: Int, _ body: (UnsafePointer<UInt8>) -> T?) -> T? {
        let result: T?? = text.utf8.withContiguousStorageIfAvailable { buffer in
            guard buffer.count == count, let start = buffer.baseAddress else { return nil }
            return body(start)
        }
        if let result { return result }
        return Array(text.utf8).withUnsafeBufferPointer { buffer in
            guard buffer.count == count, let start = buffer.baseAddress else { return nil }
            return body(start)
        }
    }
}

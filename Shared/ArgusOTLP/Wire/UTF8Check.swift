// Whether bytes are UTF-8: fast for ASCII, strict for the rest.

enum UTF8Check {
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Whether `bytes` are well-formed UTF-8 (Unicode, table 3-7).
    @inline(__always)
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        let count = bytes.count
        if count >= 8 {
            var index = 0
            while index <= count - 8 {
                if start.loadUnaligned(fromByteOffset: index, as: UInt64.self) & highBits != 0 { return isValidSlowly(bytes, from: index) }
                index += 8
            }
            // The last eight bytes again: the ones before have been looked at, which does no harm.
            if start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self) & highBits == 0 { return true }
            return isValidSlowly(bytes, from: index)
        }
        var all: UInt8 = 0
        for index in 0..<count { all |= start.load(fromByteOffset: index, as: UInt8.self) }
        return all < 0x80 || isValidSlowly(bytes, from: 0)
    }

    /// The same from `start`, before which all is ASCII.
    @inline(never)
    private static func isValidSlowly(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var index = start
        while index < bytes.count {
            let first = bytes[index]
            if first < 0x80 {
                index += 1
                continue
            }
            guard let (length, second) = shape(first), index + length <= bytes.count, second.contains(bytes[index + 1]) else {
                return false
            }
            for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return false }
            index += length
        }
        return true
    }

    /// How long a sequence is that starts with `first`, and what its second byte may be.
    private static func shape(_ first: UInt8) -> (Int, ClosedRange<UInt8>)? {
        switch first {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }
}

// Unique, time-ordered identifiers.

/// Makes UUIDs of version 7 (RFC 9562): they sort by the time they were made.
public enum Identifier {
    /// A new identifier, in lower case.
    public static func make(at time: Timestamp = .now()) -> String {
        var generator = SystemRandomNumberGenerator()
        let high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000 | generator.next() & 0x0FFF
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = nibble < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4)) & 0xF
                buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return position
        }
    }
}

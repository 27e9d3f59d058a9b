// Unique, time-ordered identifiers.

import Synchronization

/// Makes UUIDs of version 7 (RFC 9562): they sort by the time they were made.
public enum Identifier {
    /// A new identifier, in lower case.
    ///
    /// Unique, but not unpredictable: never a secret.
    public static func make(at time: Timestamp = .now()) -> String {
        let (first, second) = generator.withLock { ($0.next(), $0.next()) }
        let high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000 | first & 0x0FFF
        let low = second & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
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

    private static let generator = Mutex(Xoshiro256())
}

/// xoshiro256** of Blackman and Vigna, seeded by the system: the system's own generator costs two system calls an identifier.
private struct Xoshiro256 {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        state = (system.next() | 1, system.next(), system.next(), system.next())
    }

    mutating func next() -> UInt64 {
        let result = Self.rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, by: 45)
        return result
    }

    private static func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}

// The identifier of a trace.

/// 16 bytes, ordered as unsigned big-endian numbers (W3C Trace Context, OTLP `trace_id`).
public struct TraceID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// An identifier by its halves; both zero make one that is not valid.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses 32 hexadecimal digits of either case; nil for anything else and for all zeros.
    public init?(hex: some StringProtocol) {
        let words: (UInt64, UInt64)? = Hex.withDigits(hex, count: 32) { digits in
            guard let high = Hex.word(digits), let low = Hex.word(digits + 16) else { return nil }
            return (high, low)
        }
        guard let words, words.0 | words.1 != 0 else { return nil }
        self.init(high: words.0, low: words.1)
    }

    /// Reads 16 bytes; nil if there are not exactly 16 or all are zero.
    @inlinable
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        guard isValid else { return nil }
    }

    /// Whether a byte is not zero.
    @inlinable
    public var isValid: Bool { high | low != 0 }

    /// 32 lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            Hex.write(high, to: start)
            Hex.write(low, to: start + 16)
            return 32
        }
    }

    /// The 16 bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            raw.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            count = 16
        }
    }

    /// The hexadecimal digits.
    public var description: String { hex }

    /// Ordered as unsigned numbers, which is the order of their bytes and of their digits.
    @inlinable
    public static func < (lhs: TraceID, rhs: TraceID) -> Bool {
        (lhs.high, lhs.low) < (rhs.high, rhs.low)
    }
}

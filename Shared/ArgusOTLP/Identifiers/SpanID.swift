// The identifier of a span within its trace.

/// Eight bytes, ordered as an unsigned big-endian number (W3C Trace Context, OTLP `span_id`).
public struct SpanID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The eight bytes, big-endian.
    public let value: UInt64

    /// An identifier by its value; zero makes one that is not valid.
    @inlinable
    public init(value: UInt64) {
        self.value = value
    }

    /// Parses 16 hexadecimal digits of either case; nil for anything else and for all zeros.
    public init?(hex: some StringProtocol) {
        guard let value = Hex.withDigits(hex, count: 16, { Hex.word($0) }), value != 0 else { return nil }
        self.init(value: value)
    }

    /// Reads eight bytes; nil if there are not exactly eight or all are zero.
    @inlinable
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 8 else { return nil }
        self.init(value: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))
        guard isValid else { return nil }
    }

    /// Whether a byte is not zero.
    @inlinable
    public var isValid: Bool { value != 0 }

    /// 16 lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            Hex.write(value, to: start)
            return 16
        }
    }

    /// The eight bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 8) { buffer, count in
            UnsafeMutableRawBufferPointer(buffer).storeBytes(of: value.bigEndian, as: UInt64.self)
            count = 8
        }
    }

    /// The hexadecimal digits.
    public var description: String { hex }

    /// Ordered as unsigned numbers, which is the order of their bytes and of their digits.
    @inlinable
    public static func < (lhs: SpanID, rhs: SpanID) -> Bool {
        lhs.value < rhs.value
    }
}

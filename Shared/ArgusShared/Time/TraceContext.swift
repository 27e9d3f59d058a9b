// The W3C Trace Context that travels with every message.

/// A trace and the span within it, as in the `traceparent` header (W3C Trace Context, level 1).
public struct TraceContext: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits, not all zero.
    public let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero.
    public let spanID: String
    /// Whether the caller records this trace.
    public let isSampled: Bool

    /// The root of a new trace.
    public static func makeRoot() -> TraceContext {
        TraceContext(traceID: randomHex(words: 2), spanID: randomHex(words: 1), isSampled: true)
    }

    /// Another span of the same trace.
    public func makeChild() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.randomHex(words: 1), isSampled: isSampled)
    }

    init(traceID: String, spanID: String, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// Parses a `traceparent` header; nil where the standard says to ignore it.
    public init?(traceparent: String) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, Self.isHex(parts[0], length: 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], length: 32), parts[1].contains(where: { $0 != "0" }),
            Self.isHex(parts[2], length: 16), parts[2].contains(where: { $0 != "0" }),
            Self.isHex(parts[3], length: 2), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(traceID: parts[1], spanID: parts[2], isSampled: flags & 1 == 1)
    }

    /// The header's value, version 00.
    public var traceparent: String {
        "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")"
    }

    private static func isHex(_ text: String, length: Int) -> Bool {
        text.utf8.count == length
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private static func randomHex(words: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        var text = ""
        for _ in 0..<words {
            let digits = String(max(generator.next() as UInt64, 1), radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return text
    }
}

// The span of time a question is about.

import ArgusService
import ArgusShared

/// Times from `start`, inclusive, to `end`, exclusive, in nanoseconds since 1970.
struct TimeRange: Sendable, Hashable {
    /// What is asked about where a question names no time.
    static let standard: Int64 = 5 * 60 * nanosecondsPerSecond
    static let nanosecondsPerSecond: Int64 = 1_000_000_000
    /// What a question may be about: 1970 to 2100. Sums and differences of such times never overflow.
    static let bounds: ClosedRange<Int64> = 0...(4_102_444_800 * nanosecondsPerSecond)
    /// The parameters a range is made of.
    static let parameters = ["from", "to", "range"]

    var start: Int64
    var end: Int64

    var length: Int64 { end - start }

    func contains(_ time: Int64) -> Bool {
        time >= start && time < end
    }

    init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    /// Reads `from`, `to` and `range`, of which two are enough; the last 5 minutes where there is none.
    init(_ reader: QueryReader, now: Int64 = TimeRange.now()) throws {
        let from = try reader.single("from").map { try Self.time($0, "from") }
        let to = try reader.single("to").map { try Self.time($0, "to") }
        let length = try reader.single("range").map { text in
            guard let length = DurationText.nanoseconds(text, unit: nil), length > 0 else {
                throw QueryReader.malformed("range", "must be a duration such as 5m, 1h or 7d")
            }
            return length
        }
        switch (from, to, length) {
        case (.some, .some, .some): throw QueryReader.malformed("range", "cannot be combined with both from and to")
        case (let from?, let to?, nil): self.init(start: from, end: to)
        case (let from?, nil, let length?): self.init(start: from, end: Self.sum(from, length))
        case (nil, let to?, let length): self.init(start: Self.sum(to, -(length ?? Self.standard)), end: to)
        case (nil, nil, let length): self.init(start: Self.sum(now, -(length ?? Self.standard)), end: now)
        case (let from?, nil, nil): self.init(start: from, end: now)
        }
        start = max(start, Self.bounds.lowerBound)
        end = min(end, Self.bounds.upperBound)
        guard start < end else {
            throw QueryReader.malformed(to == nil ? "from" : "to", to == nil ? "must be in the past" : "must be later than from")
        }
    }

    /// The wall clock in nanoseconds; a little ahead of what was stored a moment ago, so that nothing of it is missed.
    static func now() -> Int64 {
        (Timestamp.now().milliseconds + 1) * 1_000_000
    }

    /// Reads RFC 3339 with up to nine fractional digits, or digits: unix milliseconds, microseconds or nanoseconds by their magnitude.
    static func time(_ text: String, _ field: String) throws -> Int64 {
        // A plus sign that was not percent-encoded arrives as a space.
        guard let time = nanoseconds(text) ?? nanoseconds(QueryReader.restoringPlus(text)) else {
            throw QueryReader.malformed(
                field, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z, or unix milliseconds or nanoseconds")
        }
        guard bounds.contains(time) else { throw QueryReader.malformed(field, "must be a time from 1970 to 2100") }
        return time
    }

    private static func nanoseconds(_ text: String) -> Int64? {
        if let number = Int64(text), text.utf8.first.map({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) == true {
            switch number {
            case ..<100_000_000_000_000: return scaled(number, 1_000_000)
            case ..<100_000_000_000_000_000: return scaled(number, 1000)
            default: return number
            }
        }
        guard let time = Timestamp(rfc3339: text) else { return nil }
        let seconds = time.milliseconds >= 0 ? time.milliseconds / 1000 : (time.milliseconds - 999) / 1000
        return scaled(seconds, nanosecondsPerSecond).map { sum($0, fraction(of: text)) }
    }

    private static func scaled(_ value: Int64, _ factor: Int64) -> Int64? {
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    private static func fraction(of text: String) -> Int64 {
        guard let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return 0 }
        let digits = text.utf8[text.utf8.index(after: point)...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.prefix(9)
        var value: Int64 = 0
        for digit in digits { value = value * 10 + Int64(digit - UInt8(ascii: "0")) }
        for _ in digits.count..<9 { value *= 10 }
        return value
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (right > 0 ? .max : .min) : sum
    }
}

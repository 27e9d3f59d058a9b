// Durations as people write them.

/// Reads durations such as `200ms`, `1.5s`, `1m30s` or `7d`.
enum DurationText {
    /// Units of a duration by their suffix, in nanoseconds.
    private static let units: [Substring: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86_400e9,
    ]

    /// The duration in nanoseconds; nil where the text is none, or one of more than 100 years.
    ///
    /// - Parameter unit: What digits without a suffix count, in nanoseconds; nil if there must be a suffix.
    static func nanoseconds(_ text: String, unit: Int64?) -> Int64? {
        guard text.utf8.count <= 32 else { return nil }
        if let unit, let number = Int64(text), text.utf8.allSatisfy(isDigit) {
            let (product, overflow) = number.multipliedReportingOverflow(by: unit)
            return overflow || product > maximum ? nil : product
        }
        var total = 0.0
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[number.endIndex...]
            let suffix = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest[suffix.endIndex...]
            guard number.first != ".", number.last != ".", let value = Double(number), let unit = units[suffix] else { return nil }
            total += value * unit
        }
        guard total <= Double(maximum) else { return nil }
        return Int64(total.rounded())
    }

    private static let maximum: Int64 = 100 * 365 * 86_400 * 1_000_000_000

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

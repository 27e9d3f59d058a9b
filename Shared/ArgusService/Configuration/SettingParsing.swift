// Reads durations, byte sizes and truth values from text, and writes them back for messages.

enum SettingParsing {
    private static let durationUnits: [(suffix: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ]

    private static let sizeUnits: [(suffix: String, bytes: Int)] = [
        ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("b", 1),
    ]

    /// A whole number followed by `ms`, `s`, `m`, `h` or `d`; a bare `0` is zero.
    static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        for unit in durationUnits where text.hasSuffix(unit.suffix) {
            let digits = text.dropLast(unit.suffix.count)
            guard let last = digits.last, last.isASCII, last.isNumber else { continue }
            guard let count = Int64(digits), count >= 0 else { return nil }
            let (total, overflow) = count.multipliedReportingOverflow(by: unit.nanoseconds)
            return overflow ? nil : .nanoseconds(total)
        }
        return nil
    }

    /// A whole number of bytes, or one followed by `KB`, `MB`, `GB`, `KiB`, `MiB` or `GiB` in any case.
    static func size(_ text: String) -> Int? {
        if let plain = Int(text) { return plain >= 0 ? plain : nil }
        let lowercase = text.lowercased()
        for unit in sizeUnits where lowercase.hasSuffix(unit.suffix) {
            guard let count = Int(lowercase.dropLast(unit.suffix.count)), count >= 0 else { return nil }
            let (total, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
            return overflow ? nil : total
        }
        return nil
    }

    static func bool(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    static func describe(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        if nanoseconds == 0 { return "0" }
        for unit in durationUnits.reversed() where nanoseconds % unit.nanoseconds == 0 {
            return "\(nanoseconds / unit.nanoseconds)\(unit.suffix)"
        }
        return "\(nanoseconds)ns"
    }

    static func describe(bytes: Int) -> String {
        for (suffix, size) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)] where bytes >= size && bytes % size == 0 {
            return "\(bytes / size)\(suffix)"
        }
        return "\(bytes)"
    }
}

// A span of time as a person writes it.

import ArgumentParser
import ArgusShared

/// `90s`, `5m`, `1h30m`, `2d`.
struct TimeSpan: ExpressibleByArgument, Sendable, Hashable {
    let milliseconds: Int64

    init?(argument: String) {
        var total: Int64 = 0
        var rest = Substring(argument)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let count = Int64(digits), let scale = Self.scale(of: unit) else { return nil }
            let part = count.multipliedReportingOverflow(by: scale)
            let sum = total.addingReportingOverflow(part.partialValue)
            guard !part.overflow, !sum.overflow else { return nil }
            total = sum.partialValue
        }
        milliseconds = total
    }

    /// The time that lies this span before `now`.
    func before(_ now: Timestamp = .now()) -> Timestamp {
        now.adding(milliseconds: -milliseconds)
    }

    private static func scale(of unit: Substring) -> Int64? {
        switch unit {
        case "ms": 1
        case "s": 1000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        default: nil
        }
    }

    /// A span for people: `850ms`, `12s`, `3m 5s`, `2h 10m`, `4d 1h`.
    static func text(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        switch milliseconds {
        case ..<1000: return "\(milliseconds)ms"
        case ..<60_000: return "\(seconds)s"
        case ..<3_600_000: return "\(seconds / 60)m \(seconds % 60)s"
        case ..<86_400_000: return "\(seconds / 3600)h \(seconds / 60 % 60)m"
        default: return "\(seconds / 86_400)d \(seconds / 3600 % 24)h"
        }
    }
}

// A point in time with millisecond precision, and its RFC 3339 text.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since the epoch.
    public var milliseconds: Int64

    /// A time by its milliseconds since the epoch.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The wall clock now.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Parses RFC 3339 (`2026-01-31T12:00:00.123+02:00`): years 0001 to 9999, any number of fractional digits (beyond milliseconds cut
    /// off), `T`, `t` or a space between date and time, a leap second read as the second before it. nil for anything else.
    public init?(rfc3339 text: String) {
        var copy = text
        guard let milliseconds = copy.withUTF8({ RFC3339.parse($0) }) else { return nil }
        self.milliseconds = milliseconds
    }

    /// RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.123Z`.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        appendRFC3339(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func appendRFC3339(to bytes: inout [UInt8]) {
        let day = milliseconds.flooredDivision(by: 86_400_000)
        let inDay = Int(milliseconds - day * 86_400_000)
        let (year, month, dayOfMonth) = RFC3339.civil(fromDays: Int(day))
        func append(_ value: Int, width: Int) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            var rest = value
            while divisor > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor % 10))
                rest %= divisor
                divisor /= 10
            }
        }
        append(min(max(year, 0), 9999), width: 4)
        bytes.append(UInt8(ascii: "-"))
        append(month, width: 2)
        bytes.append(UInt8(ascii: "-"))
        append(dayOfMonth, width: 2)
        bytes.append(UInt8(ascii: "T"))
        append(inDay / 3_600_000, width: 2)
        bytes.append(UInt8(ascii: ":"))
        append(inDay / 60_000 % 60, width: 2)
        bytes.append(UInt8(ascii: ":"))
        append(inDay / 1000 % 60, width: 2)
        bytes.append(UInt8(ascii: "."))
        append(inDay % 1000, width: 3)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Earlier before later.
    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
        lhs.milliseconds < rhs.milliseconds
    }

    /// This time and `milliseconds` more, saturating.
    public func adding(milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.milliseconds.addingReportingOverflow(milliseconds)
        return Timestamp(milliseconds: overflow ? (milliseconds > 0 ? .max : .min) : sum)
    }
}

/// Calendar arithmetic (proleptic Gregorian) and parsing.
private enum RFC3339 {
    static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var scanner = Scanner(text: text)
        guard let year = scanner.number(4), year >= 1, scanner.take("-"), let month = scanner.number(2), (1...12).contains(month),
            scanner.take("-"), let day = scanner.number(2), (1...daysIn(month: month, year: year)).contains(day), scanner.takeSeparator(),
            let hour = scanner.number(2), hour < 24, scanner.take(":"), let minute = scanner.number(2), minute < 60, scanner.take(":"),
            let second = scanner.number(2), second <= 60, let fraction = scanner.milliseconds(), let offset = scanner.offsetMinutes(),
            scanner.atEnd
        else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + (minute - offset) * 60 + min(second, 59)
        return Int64(seconds) * 1000 + Int64(fraction)
    }

    static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since the epoch of a date; years are counted from March, so that the leap day is the last of its year.
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
    }

    struct Scanner {
        let text: UnsafeBufferPointer<UInt8>
        var position = 0

        var atEnd: Bool { position == text.count }

        mutating func number(_ width: Int) -> Int? {
            guard position + width <= text.count else { return nil }
            var value = 0
            for byte in text[position..<(position + width)] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            position += width
            return value
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func takeSeparator() -> Bool {
            take("T") || take("t") || take(" ")
        }

        mutating func milliseconds() -> Int? {
            guard take(".") else { return 0 }
            var value = 0
            var digits = 0
            while let digit = number(1) {
                if digits < 3 { value = value * 10 + digit }
                digits += 1
            }
            guard digits > 0 else { return nil }
            for _ in min(digits, 3)..<3 { value *= 10 }
            return value
        }

        mutating func offsetMinutes() -> Int? {
            if take("Z") || take("z") { return 0 }
            let sign = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = number(2), hours < 24, take(":"), let minutes = number(2), minutes < 60 else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

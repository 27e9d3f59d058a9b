// Times as a clock on the wall shows them.

import ArgusShared

/// A moment in local time.
struct LocalTime: Sendable {
    /// `2026-01-31 09:53:31`.
    let dateAndClock: String
    /// `09:53:31.123`.
    let clock: String

    init(_ time: Timestamp, utcOffset: (Int64) -> Int) {
        let offset = utcOffset(Int64((Double(time.milliseconds) / 1000).rounded(.down)))
        let text = time.adding(milliseconds: Int64(offset) * 1000).rfc3339
        let date = text.prefix { $0 != "T" }
        let rest = text.dropFirst(date.count + 1).dropLast()
        clock = String(rest)
        dateAndClock = "\(date) \(rest.prefix(8))"
    }
}

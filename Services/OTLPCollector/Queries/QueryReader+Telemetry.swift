// Durations and words of a query about telemetry.

import ArgusService

extension QueryReader {
    /// A duration in nanoseconds; digits alone are microseconds.
    func duration(_ name: String) throws -> Int64? {
        guard let text = try single(name) else { return nil }
        guard let duration = DurationText.nanoseconds(text, unit: 1000) else {
            throw Self.malformed(name, "must be a duration such as 200ms or 1.5s, or a number of microseconds")
        }
        return duration
    }

    /// The text to search for.
    func words(_ name: String) throws -> [String] {
        guard let text = try single(name) else { return [] }
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.contains(where: { $0.contains { $0.isLetter || $0.isNumber } }) else {
            throw Self.malformed(name, "holds no word: letters and digits are searched for")
        }
        return words
    }
}

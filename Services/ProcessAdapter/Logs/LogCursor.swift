// Where in a process's log the adapter is. Process-compose does not number the lines: only their texts tell.

/// The lines of a log that were taken, as far back as process-compose keeps them. Pure.
struct LogCursor: Sendable {
    /// Lines that process-compose keeps unless it is told otherwise.
    static let depth = 1000

    private var known: [String] = []

    /// Takes up the end of the log, as much of it as there is up to ``depth``; returns the lines that are new.
    ///
    /// The longest overlap counts. So no line is taken twice; of a log that repeats itself, more than it keeps may be missed.
    mutating func take(tail: [String]) -> [String] {
        let new = Array(tail.dropFirst(overlap(with: tail)))
        remember(new)
        return new
    }

    /// Whether a shorter end of the log is enough: it begins with so much of what is known that this is no accident.
    func continues(in tail: [String]) -> Bool {
        overlap(with: tail) >= 50
    }

    private mutating func remember(_ lines: [String]) {
        known += lines
        // Now and then, not at every line.
        if known.count > 2 * Self.depth { known.removeFirst(known.count - Self.depth) }
    }

    /// The longest beginning of `tail` that is the end of what is known (Knuth, Morris and Pratt).
    private func overlap(with tail: [String]) -> Int {
        guard !tail.isEmpty else { return 0 }
        var borders = [0]
        for line in tail.dropFirst() {
            borders.append(Self.extend(borders[borders.count - 1], by: line, tail, borders))
        }
        var length = 0
        for line in known.suffix(tail.count) {
            length = Self.extend(length == tail.count ? borders[length - 1] : length, by: line, tail, borders)
        }
        return length
    }

    private static func extend(_ length: Int, by line: String, _ tail: [String], _ borders: [Int]) -> Int {
        var length = length
        while length > 0, tail[length] != line { length = borders[length - 1] }
        return tail[length] == line ? length + 1 : 0
    }
}

// Pauses between attempts: longer and longer, and never the same for everybody.

/// An exponential backoff with jitter.
struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var upcoming: Duration

    init(first: Duration, longest: Duration) {
        self.first = min(first, longest)
        self.longest = longest
        upcoming = self.first
    }

    /// The next pause: between half of and the whole of a time that doubles up to the longest.
    mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, longest) }
        return Self.jittered(upcoming)
    }

    /// Begins again with the first pause.
    mutating func reset() {
        upcoming = first
    }

    /// Something between half of `duration` and all of it.
    static func jittered(_ duration: Duration) -> Duration {
        duration * Double.random(in: 0.5...1)
    }
}

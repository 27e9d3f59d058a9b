// Pauses between attempts: longer and longer, and never the same for everybody.

/// An exponential backoff with jitter.
struct Backoff: Sendable {
    private let longest: Duration
    private var upcoming: Duration

    init(first: Duration, longest: Duration) {
        self.longest = longest
        upcoming = min(first, longest)
    }

    /// The next pause: between half of and the whole of a time that doubles up to the longest.
    mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, longest) }
        return Self.jittered(upcoming)
    }

    /// The pause after `failures` failures in a row (1 is the first).
    static func pause(afterFailures failures: Int, first: Duration, longest: Duration) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        return jittered(min(first * (1 << doublings), longest))
    }

    /// Something between half of `duration` and all of it.
    static func jittered(_ duration: Duration) -> Duration {
        duration * Double.random(in: 0.5...1)
    }
}

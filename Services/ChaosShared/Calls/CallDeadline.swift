// Until when a caller waits.

public import ArgusShared

/// A point in time that travels with a call. The services' clocks are taken to agree, as on one machine or with NTP.
public struct CallDeadline: Sendable, Equatable {
    /// Milliseconds since 1970.
    public let unixMilliseconds: Int64

    /// A deadline as it came in a header; nil where that is no time.
    public init?(header: String?) {
        guard let header, let milliseconds = Int64(header), milliseconds > 0 else { return nil }
        unixMilliseconds = milliseconds
    }

    /// A while from now.
    public init(after duration: Duration, from now: Timestamp = .now()) {
        unixMilliseconds = now.milliseconds + Int64(duration.milliseconds)
    }

    private init(unixMilliseconds: Int64) {
        self.unixMilliseconds = unixMilliseconds
    }

    /// The time that is left; not negative.
    public func remaining(at now: Timestamp = .now()) -> Duration {
        .milliseconds(max(0, unixMilliseconds - now.milliseconds))
    }

    /// Whether nobody waits any more.
    public func isOver(at now: Timestamp = .now()) -> Bool {
        now.milliseconds >= unixMilliseconds
    }

    /// The deadline of a call that is made while working on a call with this one: a tenth of what is left, but no more than a quarter of
    /// a second, is kept so that one's own answer, that the other did not answer, still arrives.
    public func forCallee(at now: Timestamp = .now()) -> CallDeadline {
        let left = max(0, unixMilliseconds - now.milliseconds)
        return CallDeadline(unixMilliseconds: unixMilliseconds - min(left / 10, 250))
    }
}

// How long calls took of late.

import Synchronization

/// The durations of the last minute, the latest 2,048 of them. Thread-safe.
final class RecentLatency: Sendable {
    private static let capacity = 2_048
    private static let window: Duration = .seconds(60)

    private struct State {
        var samples: [(time: ContinuousClock.Instant, duration: Duration)] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Adds a duration.
    func record(_ duration: Duration, at time: ContinuousClock.Instant = .now) {
        state.withLock { state in
            if state.samples.count < Self.capacity {
                state.samples.append((time, duration))
            } else {
                state.samples[state.next] = (time, duration)
            }
            state.next = (state.next + 1) % Self.capacity
        }
    }

    /// The duration that a part of the calls did not exceed, such as 0.99; nil without calls.
    func quantile(_ part: Double, at time: ContinuousClock.Instant = .now) -> Duration? {
        let samples = state.withLock { $0.samples }
        let recent = samples.filter { time - $0.time <= Self.window }.map(\.duration).sorted()
        guard !recent.isEmpty else { return nil }
        return recent[min(recent.count - 1, Int((Double(recent.count) * part).rounded(.up)) - 1)]
    }
}

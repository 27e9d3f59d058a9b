// When a failing database is waited for, and when batches go to files instead. Pure: time comes from outside.

/// The state machine of a database that fails.
///
/// `normal` -> `failing` with the first failure -> `away` once it has failed for longer than `patience` -> `normal` with the first success.
/// While it is away, one batch at a time is tried as a probe, at growing intervals; all others are spilled at once.
struct OutagePolicy: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Phase: Sendable, Equatable {
        case normal
        case failing(since: Instant, failures: Int)
        case away(since: Instant, nextProbe: Instant, failures: Int)
    }

    /// What to do with the next batch.
    enum Admission: Sendable, Equatable {
        case attempt
        case spill
    }

    /// What to do with a batch that failed.
    enum Verdict: Sendable, Equatable {
        case retry(after: Duration)
        case spill
    }

    /// How long failures are waited out.
    let patience: Duration
    private let firstPause: Duration
    private let longestPause: Duration
    private(set) var phase = Phase.normal

    init(patience: Duration, firstPause: Duration = .milliseconds(100), longestPause: Duration = .seconds(5)) {
        self.patience = patience
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// Whether batches go to files.
    var isAway: Bool {
        if case .away = phase { true } else { false }
    }

    /// Decides about a batch that is ready. A probe that is allowed is due again only after its outcome, or after the longest pause.
    mutating func admit(at now: Instant) -> Admission {
        guard case .away(let since, let nextProbe, let failures) = phase else { return .attempt }
        guard now >= nextProbe else { return .spill }
        phase = .away(since: since, nextProbe: now + longestPause, failures: failures)
        return .attempt
    }

    /// An attempt failed.
    ///
    /// - Parameter jitter: 0 to 1; pauses are between half of and the whole of their nominal length.
    mutating func failed(at now: Instant, jitter: Double) -> Verdict {
        switch phase {
        case .normal:
            guard patience > .zero else { return spill(since: now, failures: 1, now, jitter) }
            phase = .failing(since: now, failures: 1)
            return .retry(after: min(pause(1, jitter), patience))
        case .failing(let since, let failures):
            let left = patience - (now - since)
            guard left > .zero else { return spill(since: since, failures: 1, now, jitter) }
            phase = .failing(since: since, failures: failures + 1)
            return .retry(after: min(pause(failures + 1, jitter), left))
        case .away(let since, _, let failures):
            return spill(since: since, failures: failures + 1, now, jitter)
        }
    }

    /// An attempt succeeded. Returns whether this ends an outage.
    mutating func succeeded() -> Bool {
        defer { phase = .normal }
        return isAway
    }

    private mutating func spill(since: Instant, failures: Int, _ now: Instant, _ jitter: Double) -> Verdict {
        phase = .away(since: since, nextProbe: now + pause(failures, jitter), failures: failures)
        return .spill
    }

    private func pause(_ failures: Int, _ jitter: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        return min(firstPause * (1 << doublings), longestPause) * (0.5 + min(max(jitter, 0), 1) / 2)
    }
}

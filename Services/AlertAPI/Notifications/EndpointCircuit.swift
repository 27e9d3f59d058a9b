// Keeps a dead endpoint from being tried by everything that waits for it.

/// Counts an endpoint's failures in a row; after a few, one attempt at a time, further and further apart.
struct EndpointCircuit: Sendable {
    /// Failures in a row that open it.
    static let threshold = 3
    private static let firstPause: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(60)

    /// Whether an attempt may be made now.
    enum Admission: Equatable {
        case go
        case wait(Duration)
    }

    private(set) var failures = 0
    private var openUntil: ContinuousClock.Instant?
    private var isProbing = false

    /// Whether attempts are held back.
    var isOpen: Bool { openUntil != nil }

    /// Whether nothing is known against the endpoint.
    var isPristine: Bool { failures == 0 && openUntil == nil }

    /// Asks for one attempt; `succeeded()` or `failed(now:)` or `abandoned()` must follow.
    mutating func admit(now: ContinuousClock.Instant) -> Admission {
        guard let openUntil else { return .go }
        if now < openUntil { return .wait(openUntil - now) }
        if isProbing { return .wait(Self.firstPause) }
        isProbing = true
        return .go
    }

    /// How long nothing may be attempted; nil if something may.
    func pause(now: ContinuousClock.Instant) -> Duration? {
        guard let openUntil else { return nil }
        return now < openUntil ? openUntil - now : nil
    }

    /// The endpoint answered.
    mutating func succeeded() {
        failures = 0
        openUntil = nil
        isProbing = false
    }

    /// The endpoint did not answer, or said that it cannot.
    mutating func failed(now: ContinuousClock.Instant) {
        failures += 1
        isProbing = false
        guard failures >= Self.threshold else { return }
        openUntil =
            now + Backoff.pause(afterFailures: failures - Self.threshold + 1, first: Self.firstPause, longest: Self.longestPause)
    }

    /// The attempt was not made after all.
    mutating func abandoned() {
        isProbing = false
    }
}

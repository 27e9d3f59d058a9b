// How long this member may believe that the others take it for alive.

import Synchronization

/// The member's own lease: valid for a while from the start of its last heartbeat that the bus acknowledged. Safe from any task.
final class Lease: Sendable {
    let duration: Duration
    private let confirmed = Mutex<ContinuousClock.Instant?>(nil)

    init(duration: Duration) {
        self.duration = duration
    }

    /// Whether the others cannot have taken this member for dead yet. A hint that saves work: what is committed is fenced by the log.
    var isValid: Bool {
        confirmed.withLock { $0.map { ContinuousClock.now - $0 < duration } ?? false }
    }

    /// A heartbeat begun at `start` was acknowledged.
    func confirm(begunAt start: ContinuousClock.Instant) {
        confirmed.withLock { $0 = max($0 ?? start, start) }
    }
}

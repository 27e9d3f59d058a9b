// When a failing database is waited for, and when batches go to files.

import Testing

@testable import OTLPCollector

@Suite struct OutagePolicyTests {
    private let start = ContinuousClock.now
    private let patience = Duration.seconds(30)

    @Test func failuresAreWaitedOutWithGrowingPauses() {
        var policy = OutagePolicy(patience: patience, firstPause: .milliseconds(100), longestPause: .seconds(5))
        var now = start
        var pauses: [Duration] = []
        while case .retry(let pause) = policy.failed(at: now, jitter: 1) {
            #expect(policy.admit(at: now) == .attempt)
            pauses.append(pause)
            now += pause
        }
        #expect(pauses.prefix(4) == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(pauses.max() == .seconds(5))
        // The last pause ends when patience does: then one more attempt, then files.
        #expect(now - start == patience)
        #expect(policy.isAway)
    }

    @Test func jitterShortensPausesByHalfAtMost() {
        var policy = OutagePolicy(patience: patience, firstPause: .seconds(1))
        #expect(policy.failed(at: start, jitter: 0) == .retry(after: .milliseconds(500)))
        #expect(policy.failed(at: start, jitter: 0.5) == .retry(after: .milliseconds(1500)))
    }

    @Test func aSuccessInBetweenStartsPatienceAnew() {
        var policy = OutagePolicy(patience: patience)
        _ = policy.failed(at: start, jitter: 1)
        let ended = policy.succeeded()
        #expect(!ended)
        guard case .retry = policy.failed(at: start + .seconds(40), jitter: 1) else {
            Issue.record("it was not waited")
            return
        }
        #expect(!policy.isAway)
    }

    @Test func whileItIsAwayOneBatchAtATimeIsAProbe() {
        var policy = away(at: start)
        #expect(policy.admit(at: start) == .spill)
        #expect(policy.admit(at: start + .milliseconds(99)) == .spill)
        #expect(policy.admit(at: start + .milliseconds(100)) == .attempt)
        // The other writer does not probe at the same time.
        #expect(policy.admit(at: start + .milliseconds(100)) == .spill)
        #expect(policy.admit(at: start + .seconds(4)) == .spill)
        #expect(policy.failed(at: start + .seconds(4), jitter: 1) == .spill)
        #expect(policy.admit(at: start + .milliseconds(4199)) == .spill)
        #expect(policy.admit(at: start + .milliseconds(4200)) == .attempt)
    }

    @Test func aProbeThatNeverReportsIsFollowedByAnother() {
        var policy = away(at: start)
        #expect(policy.admit(at: start + .seconds(1)) == .attempt)
        #expect(policy.admit(at: start + .seconds(6)) == .attempt)
    }

    @Test func aProbeThatSucceedsEndsTheOutage() {
        var policy = away(at: start)
        #expect(policy.admit(at: start + .seconds(1)) == .attempt)
        let ends = policy.succeeded()
        #expect(ends)
        #expect(policy.phase == .normal)
        #expect(policy.admit(at: start + .seconds(1)) == .attempt)
        let endsAgain = policy.succeeded()
        #expect(!endsAgain)
    }

    @Test func withoutPatienceTheFirstFailureSpills() {
        var policy = OutagePolicy(patience: .zero)
        #expect(policy.failed(at: start, jitter: 1) == .spill)
        #expect(policy.isAway)
    }

    private func away(at now: ContinuousClock.Instant) -> OutagePolicy {
        var policy = OutagePolicy(patience: .zero)
        _ = policy.failed(at: now, jitter: 1)
        return policy
    }
}

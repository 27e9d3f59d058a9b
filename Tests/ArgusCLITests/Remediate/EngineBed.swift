// An engine with a clock that a test turns.

import ArgusShared

@testable import ArgusCLI

/// Events go in, decisions come out and are kept, as on the bus.
final class EngineBed {
    var engine: RemediationEngine
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    /// All decisions so far.
    var stream: [RemediationDecision] = []
    var sequence: UInt64 = 0

    init(_ set: RemediationPolicySet) {
        engine = RemediationEngine(set)
    }

    convenience init(_ change: (inout RemediationPolicy) -> Void = { _ in }) {
        var policy = RemediationPolicy(name: "p")
        policy.backoff.jitter = 0
        change(&policy)
        self.init(RemediationPolicySet(policies: [policy]))
    }

    /// Something happens to a process now.
    @discardableResult
    func happen(
        _ kind: ProcessEvent.Kind, _ name: String = "api", namespace: String = "default", hasProbe: Bool = false
    ) -> [RemediationDecision] {
        sequence += 1
        var state = ProcessState(name: name, namespace: namespace, status: "Running")
        state.hasReadinessProbe = hasProbe
        state.readiness = kind == .healthy ? .ready : kind == .unhealthy ? .notReady : .unknown
        let event = ProcessEvent(kind, state: state, at: now)
        return keep(engine.observe(event, sequence: sequence, at: now))
    }

    /// Time passes; returns what became due.
    func pass(_ milliseconds: Int64) -> [RemediationDecision] {
        now = now.adding(milliseconds: milliseconds)
        keep(engine.advance(to: now))
        return engine.take(at: now)
    }

    /// Time passes until the next thing is due, which begins.
    func begin() -> RemediationDecision? {
        guard let next = engine.nextTime else { return nil }
        guard let due = pass(max(0, next.milliseconds - now.milliseconds)).first else { return nil }
        return start(due)
    }

    func start(_ due: RemediationDecision) -> RemediationDecision? {
        guard let started = engine.begin(due, at: now) else { return nil }
        keep([started])
        return started
    }

    @discardableResult
    func end(_ started: RemediationDecision, _ outcome: RemediationEngine.Outcome = .succeeded("done")) -> [RemediationDecision] {
        keep(engine.end(started, outcome, at: now))
    }

    @discardableResult
    func skip(_ due: RemediationDecision) -> [RemediationDecision] {
        keep(engine.skip(due, because: "it runs", at: now))
    }

    /// People are told of a decision.
    @discardableResult
    func tell(_ decision: RemediationDecision) -> RemediationDecision? {
        let told = engine.told(decision, "told", at: now)
        keep(told.map { [$0] } ?? [])
        return told
    }

    /// An instance without memory reads the stream.
    func replayed() -> RemediationEngine {
        var other = RemediationEngine(engine.set)
        for decision in stream { other.replay(decision) }
        return other
    }

    /// The instance was killed, and another goes on.
    @discardableResult
    func takeOver() -> [RemediationDecision] {
        engine = replayed()
        return keep(engine.resume(at: now))
    }

    @discardableResult
    func keep(_ decisions: [RemediationDecision]) -> [RemediationDecision] {
        stream += decisions
        return decisions
    }

    var kinds: [RemediationDecision.Kind] { stream.map(\.kind) }
}

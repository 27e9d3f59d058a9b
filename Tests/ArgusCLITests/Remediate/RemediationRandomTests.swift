// Random histories: what must hold whatever happens, judged from the decisions alone.

import ArgusShared
import TestSupport
import Testing

@testable import ArgusCLI

struct RemediationRandomTests {
    private static let names = ["db", "api", "web", "job", "mail"]

    /// One history: processes fail, attempts take their time and fail too, and now and then the instance is killed.
    private struct History {
        var random: SeededGenerator
        let bed: EngineBed
        /// What is under way: the attempt, and when it ends.
        var running: [(decision: RemediationDecision, end: Timestamp)] = []
        var events: [ProcessEvent] = []

        init(seed: UInt64) throws {
            var random = SeededGenerator(seed: seed)
            let graph = try DependencyGraph(needs: ["api": ["db"], "web": ["api", "mail"]])
            let policies = (0..<3).map { number in
                var policy = RemediationPolicy(name: "policy-\(number)")
                policy.limits = .init(
                    maximumAttempts: .random(in: 1...4, using: &random), within: .random(in: 5...120, using: &random) * 1000)
                policy.backoff = Backoff(
                    initial: .random(in: 0...3000, using: &random), factor: [1, 1.1, 2, 3].randomElement(using: &random) ?? 2,
                    maximum: .random(in: 3000...20_000, using: &random), jitter: [0, 0.2, 1].randomElement(using: &random) ?? 0)
                policy.cooldown = Bool.random(using: &random) ? 0 : .random(in: 0...15_000, using: &random)
                policy.match.kinds = number == 1 ? [.unhealthy] : [.crashed]
                policy.match.consecutive = number == 0 ? 2 : 1
                policy.action = number == 0 ? .alert : .restart
                return policy
            }
            bed = EngineBed(RemediationPolicySet(dependencies: graph, policies: policies))
            self.random = random
        }

        mutating func step() {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<7: happen()
            case 7: if Int.random(in: 0..<4, using: &random) == 0 { die() }
            default: pass(.random(in: 0...4000, using: &random))
            }
        }

        private mutating func happen() {
            let kind = [ProcessEvent.Kind.crashed, .crashed, .unhealthy, .healthy, .started].randomElement(using: &random) ?? .crashed
            bed.happen(kind, RemediationRandomTests.names.randomElement(using: &random) ?? "db")
        }

        private mutating func pass(_ milliseconds: Int64) {
            let due = bed.pass(milliseconds)
            for ended in running where ended.end <= bed.now {
                bed.end(ended.decision, Int.random(in: 0..<4, using: &random) == 0 ? .failed("in vain") : .succeeded("done"))
            }
            running.removeAll { $0.end <= bed.now }
            for decision in due {
                if Int.random(in: 0..<5, using: &random) == 0 {
                    bed.skip(decision)
                } else if let started = bed.start(decision) {
                    running.append((started, bed.now.adding(milliseconds: .random(in: 0...8000, using: &random))))
                }
            }
        }

        /// The instance is killed; another one takes over later.
        private mutating func die() {
            running = []
            bed.now = bed.now.adding(milliseconds: .random(in: 0...10_000, using: &random))
            bed.takeOver()
        }

        /// Nothing more happens; what was begun comes to its end.
        mutating func calm() {
            for _ in 0..<200 where bed.engine.tracks.contains(where: { $0.value.pending != nil }) { pass(5000) }
        }
    }

    @Test(
        "Limits, backoff, cooldown and order hold in every history, and the stream gives the state again",
        arguments: 0..<60 as Range<UInt64>)
    func invariants(seed: UInt64) throws {
        var history = try History(seed: seed)
        for step in 0..<400 {
            history.step()
            if step.isMultiple(of: 40) { checkReplay(history.bed, seed) }
        }
        history.calm()
        checkReplay(history.bed, seed)
        let stream = history.bed.stream
        #expect(stream.contains { $0.kind == .started }, "seed \(seed)")
        #expect(!history.bed.engine.tracks.contains { $0.value.pending != nil }, "seed \(seed): something never ends")
        for (key, decisions) in Dictionary(grouping: stream, by: { RemediationTrack.Key($0) }) {
            let policy = try #require(history.bed.engine.policy(key.policy))
            checkLimits(decisions, policy, seed)
            checkPauses(decisions, policy, seed)
            checkGivingUp(decisions, policy, seed)
        }
        checkOrder(stream, seed)
    }

    private func checkReplay(_ bed: EngineBed, _ seed: UInt64) {
        var (live, replayed) = (bed.engine, bed.replayed())
        live.tidy(at: bed.now)
        replayed.tidy(at: bed.now)
        #expect(live.tracks == replayed.tracks, "seed \(seed)")
    }

    /// Never more attempts than allowed within the window, and never closer than the cooldown.
    private func checkLimits(_ decisions: [RemediationDecision], _ policy: RemediationPolicy, _ seed: UInt64) {
        let starts = decisions.filter { $0.kind == .started }.map(\.timestamp.milliseconds)
        for (index, start) in starts.enumerated() {
            let within = starts[...index].count { $0 > start - policy.limits.within }
            #expect(within <= policy.limits.maximumAttempts, "seed \(seed) \(policy.name)")
            if index > 0 { #expect(start - starts[index - 1] >= policy.cooldown, "seed \(seed) \(policy.name)") }
        }
    }

    /// Pauses are kept, never shrink while an attempt is in the window, and never exceed the maximum.
    private func checkPauses(_ decisions: [RemediationDecision], _ policy: RemediationPolicy, _ seed: UInt64) {
        var last: (delay: Int64, start: Int64)?
        var scheduled: RemediationDecision?
        for decision in decisions {
            if decision.kind == .scheduled {
                let delay = decision.delay ?? -1
                #expect(delay >= 0 && delay <= policy.backoff.maximum, "seed \(seed)")
                if let last, last.start > decision.timestamp.milliseconds - policy.limits.within {
                    #expect(delay >= last.delay, "seed \(seed)")
                }
                scheduled = decision
            } else if decision.kind == .started {
                let earliest = (scheduled?.timestamp.milliseconds ?? .max) + (scheduled?.delay ?? 0)
                #expect(decision.timestamp.milliseconds >= earliest, "seed \(seed)")
                last = (scheduled?.delay ?? 0, decision.timestamp.milliseconds)
            }
        }
    }

    /// It gives up only at the limit, and says so once.
    private func checkGivingUp(_ decisions: [RemediationDecision], _ policy: RemediationPolicy, _ seed: UInt64) {
        var hasGivenUp = false
        for (index, decision) in decisions.enumerated() {
            switch decision.kind {
            case .gaveUp:
                #expect(!hasGivenUp, "seed \(seed)")
                hasGivenUp = true
                let first = decision.timestamp.milliseconds - policy.limits.within
                let count = decisions[..<index].count { $0.kind == .started && $0.timestamp.milliseconds > first }
                #expect(count == policy.limits.maximumAttempts, "seed \(seed)")
            case .scheduled, .recovered: hasGivenUp = false
            default: break
            }
        }
    }

    /// One attempt at a time for each process, and none while one that it needs waits for its restart.
    private func checkOrder(_ stream: [RemediationDecision], _ seed: UInt64) {
        var open: [RemediationTrack.Key: RemediationDecision] = [:]
        for decision in stream {
            let key = RemediationTrack.Key(decision)
            switch decision.kind {
            case .started:
                for (other, pending) in open where other != key {
                    #expect(!(pending.kind == .started && other.process == key.process), "seed \(seed): two at once")
                    #expect(!pending.dependents.contains(decision.process), "seed \(seed): \(decision.process) before \(pending.process)")
                }
                open[key] = decision
            case .scheduled: open[key] = decision
            case .succeeded, .failed, .skipped, .gaveUp: open[key] = nil
            case .recovered, .alerted: break
            }
        }
    }
}

// What is decided about processes that fail.

import ArgusShared
import Testing

@testable import ArgusCLI

struct RemediationEngineTests {
    @Test("A crash is followed by an attempt after the backoff, which says why")
    func oneAttempt() throws {
        let bed = EngineBed()
        let scheduled = try #require(bed.happen(.crashed).first)
        #expect(scheduled.kind == .scheduled && scheduled.action == .restart && scheduled.attempt == 1 && scheduled.maximumAttempts == 3)
        #expect(scheduled.due == bed.now.adding(milliseconds: 1000))
        #expect(scheduled.reason == "crashed; attempt 1 of 3 in 1s")
        #expect(bed.pass(999).isEmpty)
        let due = try #require(bed.pass(1).first)
        #expect(bed.pass(0).isEmpty, "what was taken is not taken again")
        let started = try #require(bed.start(due))
        bed.end(started, .succeeded("restarted"))
        #expect(bed.kinds == [.scheduled, .started, .succeeded])
        #expect(Set(bed.stream.map(\.id)).count == 1)
        #expect(bed.engine.nextTime == nil)
    }

    @Test("Pauses double up to their maximum; after the limit it gives up once, and says so")
    func givesUp() throws {
        let bed = EngineBed {
            $0.limits = .init(maximumAttempts: 5, within: 3_600_000)
            $0.backoff.maximum = 6000
        }
        var delays: [Int64] = []
        for _ in 0..<5 {
            delays.append(try #require(bed.happen(.crashed).first?.delay))
            let started = try #require(bed.begin())
            bed.end(started)
        }
        #expect(delays == [1000, 2000, 4000, 6000, 6000])
        let end = try #require(bed.happen(.crashed).first)
        #expect(end.kind == .gaveUp && end.reason == "crashed after 5 attempts within 1h 0m; that is the limit")
        #expect(bed.engine.owedAlerts.map(\.kind) == [.gaveUp])
        #expect(bed.happen(.crashed).isEmpty && bed.happen(.crashed).isEmpty)
        #expect(bed.engine.nextTime == nil)
    }

    @Test("When attempts have left the window, there are new ones")
    func window() throws {
        let bed = EngineBed { $0.limits = .init(maximumAttempts: 1, within: 60_000) }
        bed.happen(.crashed)
        bed.end(try #require(bed.begin()))
        #expect(bed.happen(.crashed).map(\.kind) == [.gaveUp])
        _ = bed.pass(59_999)
        #expect(bed.happen(.crashed).isEmpty)
        _ = bed.pass(1)
        #expect(bed.happen(.crashed).map(\.kind) == [.scheduled])
        bed.end(try #require(bed.begin()))
        #expect(bed.happen(.crashed).map(\.kind) == [.gaveUp], "it says so again")
    }

    @Test("An attempt that fails is tried again by itself, and counts")
    func failures() throws {
        let bed = EngineBed()
        bed.happen(.crashed)
        for number in 1...3 {
            let started = try #require(bed.begin())
            #expect(started.attempt == number)
            bed.end(started, .failed("process-compose is away"))
        }
        #expect(bed.kinds == [.scheduled, .started, .failed, .scheduled, .started, .failed, .scheduled, .started, .failed, .gaveUp])
    }

    @Test("An attempt that is not needed does not count")
    func skips() throws {
        let bed = EngineBed { $0.limits.maximumAttempts = 1 }
        for _ in 0..<3 {
            bed.happen(.crashed)
            let due = try #require(bed.pass(1000).first)
            bed.skip(due)
        }
        #expect(bed.kinds == [.scheduled, .skipped, .scheduled, .skipped, .scheduled, .skipped])
    }

    @Test("What happens during an attempt is not forgotten")
    func duringAnAttempt() throws {
        let bed = EngineBed()
        bed.happen(.crashed)
        let due = try #require(bed.pass(1000).first)
        #expect(bed.happen(.crashed).isEmpty)
        #expect(bed.engine.firstUnsettled == 2)
        #expect(bed.skip(due).map(\.kind) == [.skipped, .scheduled], "it was looked at before the second crash")
        let started = try #require(bed.begin())
        bed.happen(.crashed)
        #expect(bed.end(started).map(\.kind) == [.succeeded, .scheduled])
        #expect(bed.engine.firstUnsettled == nil)
    }

    @Test("Attempts keep the cooldown")
    func cooldown() throws {
        let bed = EngineBed { $0.cooldown = 30_000 }
        bed.happen(.crashed)
        let first = try #require(bed.begin())
        bed.end(first)
        let second = try #require(bed.happen(.crashed).first)
        #expect(second.due == first.timestamp.adding(milliseconds: 30_000))
        #expect(second.delay == 2000)
    }

    @Test("Only so many in a row count; a healthy process, a stop and a long quiet break the row")
    func consecutive() {
        for interruption in ["none", "healthy", "stopped", "quiet", "started"] {
            let bed = EngineBed { $0.match.consecutive = 3 }
            bed.happen(.crashed)
            bed.happen(.crashed)
            switch interruption {
            case "healthy": bed.happen(.healthy)
            case "stopped": bed.happen(.stopped)
            case "started": bed.happen(.started)
            case "quiet": _ = bed.pass(600_001)
            default: break
            }
            let isBroken = !["none", "started"].contains(interruption)
            #expect(bed.happen(.crashed).isEmpty == isBroken, "\(interruption)")
        }
    }

    @Test("Policies match by pattern, namespace, type and health, and the first one acts")
    func matching() {
        var first = RemediationPolicy(name: "first")
        first.match.processes = [WildcardPattern("api-*"), WildcardPattern("web")]
        first.match.namespaces = [WildcardPattern("prod*")]
        first.match.kinds = [.crashed, .unhealthy]
        var second = RemediationPolicy(name: "second")
        second.match.kinds = [.unhealthy, .healthy]
        second.match.health = .unhealthy
        let set = RemediationPolicySet(policies: [first, second])
        func policy(_ kind: ProcessEvent.Kind, _ name: String, _ namespace: String) -> String? {
            let bed = EngineBed(set)
            return bed.happen(kind, name, namespace: namespace).first?.policy
        }
        #expect(policy(.crashed, "api-1", "prod-eu") == "first")
        #expect(policy(.unhealthy, "web", "prod") == "first")
        #expect(policy(.crashed, "api", "prod") == nil)
        #expect(policy(.crashed, "api-1", "test") == nil)
        #expect(policy(.unhealthy, "api-1", "test") == "second")
        #expect(policy(.healthy, "api-1", "test") == nil, "health says unhealthy")
        #expect(policy(.started, "web", "prod") == nil)
    }

    @Test("A policy of many in a row takes precedence when its row is complete, not before")
    func escalation() {
        var escalate = RemediationPolicy(name: "escalate")
        escalate.match.consecutive = 3
        escalate.action = .alert
        let bed = EngineBed(RemediationPolicySet(policies: [escalate, RemediationPolicy(name: "restart")]))
        var policies: [String?] = []
        for _ in 0..<3 {
            policies.append(bed.happen(.crashed).first?.policy)
            if let started = bed.begin() { bed.end(started) }
        }
        #expect(policies == ["restart", "restart", "escalate"])
    }

    @Test("A process is restarted after the one that it needs, and only one thing at a time is done to a process")
    func dependencies() throws {
        let graph = try DependencyGraph(needs: ["api": ["db"], "web": ["api"]])
        var policy = RemediationPolicy(name: "p")
        policy.backoff = Backoff(initial: 1000, factor: 1, maximum: 1000, jitter: 0)
        let bed = EngineBed(RemediationPolicySet(dependencies: graph, policies: [policy]))
        #expect(bed.happen(.crashed, "web").first?.dependents == [])
        _ = bed.pass(500)
        #expect(bed.happen(.crashed, "db").first?.dependents == ["api", "web"])
        #expect(bed.pass(500).isEmpty, "web is due, but db comes first")
        let due = bed.pass(500)
        #expect(due.map(\.process) == ["db"])
        let started = try #require(bed.start(due[0]))
        #expect(bed.pass(5000).isEmpty)
        bed.end(started)
        #expect(bed.pass(0).map(\.process) == ["web"])
    }

    @Test("What has been given up and is well for a while has recovered, and people are told of both")
    func recovery() throws {
        let bed = EngineBed { $0.limits.maximumAttempts = 1 }
        bed.happen(.crashed)
        bed.end(try #require(bed.begin()))
        let end = try #require(bed.happen(.crashed).first)
        bed.tell(end)
        #expect(bed.engine.owedAlerts.isEmpty)
        bed.happen(.started, hasProbe: true)
        _ = bed.pass(60_000)
        #expect(bed.kinds.last == .alerted, "a start says nothing where there is a probe")
        bed.happen(.healthy, hasProbe: true)
        _ = bed.pass(29_999)
        bed.happen(.unhealthy, hasProbe: true)
        bed.happen(.healthy, hasProbe: true)
        _ = bed.pass(29_999)
        #expect(bed.kinds.last == .alerted)
        _ = bed.pass(1)
        #expect(bed.stream.last?.kind == .recovered && bed.stream.last?.reason == "has been well for 30s")
        let recovered = try #require(bed.engine.owedAlerts.first)
        #expect(recovered.kind == .recovered)
        #expect(bed.tell(end) == nil, "the first alert is told already")
        bed.tell(recovered)
        #expect(bed.engine.owedAlerts.isEmpty)
    }

    @Test("After a kill, attempts made before count, what was under way has failed, and what was scheduled stays")
    func replay() throws {
        let bed = EngineBed()
        bed.happen(.crashed, "cut")
        _ = try #require(bed.begin())
        bed.happen(.crashed, "waiting")
        bed.happen(.crashed, "done")
        #expect(bed.takeOver().map(\.kind) == [.failed, .scheduled])
        #expect(bed.stream.last?.attempt == 2)
        #expect(bed.pass(2000).map(\.process).sorted() == ["cut", "done", "waiting"])
        bed.sequence = 0
        #expect(bed.happen(.crashed, "cut").isEmpty, "an event that was decided about already")
    }

    @Test("Decisions of other sets, of dry runs and of policies that are no more do not count")
    func foreignDecisions() {
        let bed = EngineBed()
        bed.happen(.crashed)
        var (other, dry, gone) = (bed.stream[0], bed.stream[0], bed.stream[0])
        other.set = "other"
        dry.isDryRun = true
        gone.policy = "gone"
        var engine = RemediationEngine(bed.engine.set)
        for decision in [other, dry, gone] { engine.replay(decision) }
        #expect(engine.tracks.isEmpty)
    }

    @Test("Of what an instance wrote after another one led only its attempts count")
    func lateDecisions() throws {
        let bed = EngineBed()
        bed.happen(.crashed)
        bed.end(try #require(bed.begin()))
        bed.happen(.crashed)
        _ = try #require(bed.begin())
        var (old, new) = (bed.stream, bed.stream[0])
        for index in old.indices { old[index].epoch = 1 }
        (new.epoch, new.namespace) = (2, "other")
        var engine = RemediationEngine(bed.engine.set)
        for decision in [old[0], new] + old[1...] { engine.replay(decision) }
        let track = try #require(engine.tracks[RemediationTrack.Key(old[0])])
        #expect(track.attempts.count == 2 && track.pending == old[0])
    }

    @Test("What is over is forgotten")
    func tidying() throws {
        let bed = EngineBed()
        bed.happen(.crashed)
        bed.end(try #require(bed.begin()))
        #expect(bed.engine.tracks.count == 1)
        _ = bed.pass(600_001)
        #expect(bed.engine.tracks.isEmpty)
    }

    @Test("Jitter only lengthens, within its part and the maximum")
    func jitter() {
        let backoff = Backoff(initial: 1000, factor: 2, maximum: 5000, jitter: 0.5)
        #expect(backoff.pause(before: 1, draw: 0) == 1000)
        #expect(backoff.pause(before: 1, draw: 0.999) == 1499)
        #expect(backoff.pause(before: 3, draw: 0.999) == 5000)
        #expect(backoff.pause(before: 1_000_000, draw: 0) == 5000)
        #expect(Backoff(initial: 0, factor: 2, maximum: 0, jitter: 0.5).pause(before: 5, draw: 0.5) == 0)
        let beds = [EngineBed(.standard), EngineBed(.standard)]
        let names = (0..<50).map { "p\($0)" }
        let delays = names.map { beds[0].happen(.crashed, $0).first?.delay ?? 0 }
        #expect(delays.allSatisfy { (1000...1200).contains($0) } && Set(delays).count > 20)
        #expect(names.map { beds[1].happen(.crashed, $0).first?.delay ?? 0 } == delays, "the same events, the same decisions")
    }
}

// Deciding what is done to processes: no clock, no bus, no process-compose.

import ArgusShared

/// Takes changes of processes and times, returns decisions.
///
/// An attempt goes through ``observe(_:sequence:at:)`` (scheduled), ``take(at:)`` when it is due, ``begin(_:at:)`` or
/// ``skip(_:because:at:)``, and ``end(_:_:at:)``. Whatever decisions say is kept in ``tracks`` and comes back by
/// ``replay(_:)``; rows of changes that have led to no decision yet come back by ``remember(_:at:)``.
struct RemediationEngine: Sendable {
    typealias Key = RemediationTrack.Key

    /// How an attempt ended.
    enum Outcome: Sendable, Equatable {
        /// What was done.
        case succeeded(String)
        /// Why it did not work.
        case failed(String)
    }

    private struct Streak {
        var count: Int
        var last: Timestamp
    }

    /// Attempts that may be under way at the same time.
    static let concurrency = 16

    let set: RemediationPolicySet
    let isDryRun: Bool
    private(set) var tracks: [Key: RemediationTrack] = [:]
    private var streaks: [Key: Streak] = [:]
    private var wellSince: [ProcessKey: Timestamp] = [:]
    /// Attempts that were taken and have not ended.
    private var busy: [Key: ProcessKey] = [:]
    /// What happened while an attempt was under way.
    private var again: [Key: RemediationDecision.Trigger] = [:]
    /// The newest term of leadership that was replayed.
    private var epoch: Int64 = 0
    private var tidied = Timestamp(milliseconds: 0)

    init(_ set: RemediationPolicySet, isDryRun: Bool = false) {
        self.set = set
        self.isDryRun = isDryRun
    }

    // MARK: Changes of processes

    /// Takes a change in and decides whether something is to be done.
    mutating func observe(_ event: ProcessEvent, sequence: UInt64, at now: Timestamp) -> [RemediationDecision] {
        guard let policy = remember(event, at: now) else { return [] }
        let key = Key(ProcessKey(namespace: event.namespace, name: event.process), policy.name)
        guard sequence > tracks[key]?.lastSequence ?? 0 else { return [] }
        let trigger = RemediationDecision.Trigger(event.kind, at: event.timestamp, sequence: sequence, exitCode: event.exitCode)
        if tracks[key]?.pending != nil {
            if busy[key] != nil { again[key] = trigger }
            return []
        }
        return schedule(policy, key, trigger, at: now)
    }

    /// Takes a change in that is history; returns the policy that would have acted.
    @discardableResult
    mutating func remember(_ event: ProcessEvent, at now: Timestamp) -> RemediationPolicy? {
        let process = ProcessKey(namespace: event.namespace, name: event.process)
        noteHealth(event, of: process, at: now)
        var chosen: RemediationPolicy?
        for policy in set.policies {
            let key = Key(process, policy.name)
            guard policy.match.covers(event) else {
                if event.kind == .healthy || event.kind == .stopped { streaks[key] = nil }
                continue
            }
            var count = 1
            if let streak = streaks[key], streak.last.adding(milliseconds: policy.limits.within) > event.timestamp { count += streak.count }
            if chosen == nil, count >= policy.match.consecutive {
                chosen = policy
                streaks[key] = nil
            } else if policy.match.consecutive > 1 {
                streaks[key] = Streak(count: min(count, policy.match.consecutive), last: event.timestamp)
            }
        }
        return chosen
    }

    /// A process was found well: what happened to it before need not be known.
    mutating func found(well process: ProcessKey, at now: Timestamp) {
        if wellSince[process] == nil { wellSince[process] = now }
    }

    private mutating func noteHealth(_ event: ProcessEvent, of process: ProcessKey, at now: Timestamp) {
        switch event.kind {
        case .healthy: found(well: process, at: now)
        case .started where !event.state.hasReadinessProbe: found(well: process, at: now)
        case .crashed, .stopped, .unhealthy: wellSince[process] = nil
        case .started, .restarted, .statusChanged: break
        }
    }

    // MARK: Attempts

    /// The attempts that are due and that nothing is in the way of; they count as taken from now on.
    mutating func take(at now: Timestamp) -> [RemediationDecision] {
        var taken: [RemediationDecision] = []
        let due = tracks.compactMap { key, track in track.pending.map { (key, $0) } }
            .filter { $0.1.kind == .scheduled && ($0.1.due ?? now) <= now && busy[$0.0] == nil }
            .sorted { ($0.1.due ?? now, $0.1.id) < ($1.1.due ?? now, $1.1.id) }
        for (key, decision) in due where busy.count < Self.concurrency && !isBlocked(key.process) {
            busy[key] = key.process
            taken.append(decision)
        }
        return taken
    }

    /// Another attempt is under way at this process, or it is about to be restarted after one that it needs.
    private func isBlocked(_ process: ProcessKey) -> Bool {
        busy.values.contains(process)
            || tracks.contains { key, track in
                guard key.process != process, let pending = track.pending, pending.action == .restart else { return false }
                return pending.dependents.contains(process.name)
            }
    }

    /// An attempt that was taken begins: it counts from now on. nil if it is not pending.
    mutating func begin(_ scheduled: RemediationDecision, at now: Timestamp) -> RemediationDecision? {
        guard let pending = pending(scheduled), pending.kind == .scheduled else { return nil }
        var decision = pending
        decision.kind = .started
        decision.reason = "\(Self.text(pending.trigger)); attempt \(pending.attempt) of \(pending.maximumAttempts)"
        return record(decision, at: now)
    }

    /// An attempt that was taken is not needed or not possible.
    mutating func skip(_ scheduled: RemediationDecision, because reason: String, at now: Timestamp) -> [RemediationDecision] {
        guard let pending = pending(scheduled) else { return [] }
        return [close(pending, .skipped, reason, at: now)] + resumeAfter(pending, at: now)
    }

    /// An attempt that had begun ended.
    mutating func end(_ started: RemediationDecision, _ outcome: Outcome, at now: Timestamp) -> [RemediationDecision] {
        guard let pending = pending(started) else { return [] }
        switch outcome {
        case .succeeded(let text):
            return [close(pending, .succeeded, text, at: now)] + resumeAfter(pending, at: now)
        case .failed(let text):
            let failed = close(pending, .failed, text, at: now)
            again[Key(pending)] = nil
            guard let policy = policy(pending.policy) else { return [failed] }
            return [failed] + schedule(policy, Key(pending), pending.trigger, at: now)
        }
    }

    /// What happened while the attempt was under way is considered now.
    private mutating func resumeAfter(_ decision: RemediationDecision, at now: Timestamp) -> [RemediationDecision] {
        guard let trigger = again.removeValue(forKey: Key(decision)), let policy = policy(decision.policy) else { return [] }
        return schedule(policy, Key(decision), trigger, at: now)
    }

    private func pending(_ decision: RemediationDecision) -> RemediationDecision? {
        guard let pending = tracks[Key(decision)]?.pending, pending.id == decision.id else { return nil }
        return pending
    }

    private mutating func close(
        _ pending: RemediationDecision, _ kind: RemediationDecision.Kind, _ reason: String, at now: Timestamp
    ) -> RemediationDecision {
        busy[Key(pending)] = nil
        var decision = pending
        decision.kind = kind
        decision.reason = reason
        decision.due = nil
        decision.delay = nil
        return record(decision, at: now)
    }

    /// Schedules an attempt, or gives up.
    private mutating func schedule(
        _ policy: RemediationPolicy, _ key: Key, _ trigger: RemediationDecision.Trigger, at now: Timestamp
    ) -> [RemediationDecision] {
        var track = tracks[key] ?? RemediationTrack()
        track.forget(before: now.adding(milliseconds: -policy.limits.within))
        let (count, limit) = (track.attempts.count, policy.limits.maximumAttempts)
        let number = min(count + 1, limit)
        var decision = RemediationDecision(
            .scheduled, id: "\(set.name).\(policy.name).\(key.process).\(trigger.sequence).\(number)", at: now,
            namespace: key.process.namespace, process: key.process.name, set: set.name, policy: policy.name, action: policy.action.kind,
            attempt: number, of: limit, reason: "", trigger: trigger)
        decision.isDryRun = isDryRun
        guard count < limit else {
            if track.hasGivenUp { return [] }
            decision.kind = .gaveUp
            decision.reason =
                "\(Self.text(trigger)) after \(count) \(count == 1 ? "attempt" : "attempts") within "
                + "\(TimeSpan.text(milliseconds: policy.limits.within)); that is the limit"
            return [record(decision, at: now)]
        }
        let pause = policy.backoff.pause(before: number, draw: Self.draw(decision.id))
        let delay = count == 0 ? pause : max(pause, track.lastDelay)
        let rested = track.attempts.last?.adding(milliseconds: policy.cooldown) ?? now
        let due = max(now.adding(milliseconds: delay), rested)
        decision.delay = delay
        decision.due = due
        if policy.action == .restart, policy.restartsDependents { decision.dependents = set.dependencies.dependents(of: key.process.name) }
        let pauseText = TimeSpan.text(milliseconds: due.milliseconds - now.milliseconds)
        decision.reason = "\(Self.text(trigger)); attempt \(number) of \(limit) in \(pauseText)"
        return [record(decision, at: now)]
    }

    // MARK: Time

    /// What time alone decides: that processes have recovered.
    mutating func advance(to now: Timestamp) -> [RemediationDecision] {
        if now > tidied.adding(milliseconds: 60_000) { tidy(at: now) }
        var decisions: [RemediationDecision] = []
        for (key, track) in tracks.sorted(by: { ($0.key.process, $0.key.policy) < ($1.key.process, $1.key.policy) }) {
            guard track.isAlerting, track.pending == nil, let since = wellSince[key.process], let policy = policy(key.policy),
                since.adding(milliseconds: policy.recoveredAfter) <= now
            else { continue }
            let trigger = RemediationDecision.Trigger(.healthy, at: since, sequence: 0)
            var decision = RemediationDecision(
                .recovered, id: "\(set.name).\(key.policy).\(key.process).recovered.\(since.milliseconds)", at: now,
                namespace: key.process.namespace, process: key.process.name, set: set.name, policy: key.policy, action: policy.action.kind,
                attempt: track.attempts.count, of: policy.limits.maximumAttempts,
                reason: "has been well for \(TimeSpan.text(milliseconds: now.milliseconds - since.milliseconds))", trigger: trigger)
            decision.isDryRun = isDryRun
            decisions.append(record(decision, at: now))
        }
        return decisions
    }

    /// When something is next to be done; nil if nothing is.
    var nextTime: Timestamp? {
        let due = tracks.filter { busy[$0.key] == nil }.compactMap(\.value.pending?.due)
        let recoveries = tracks.filter(\.value.isAlerting).keys.compactMap { key in
            wellSince[key.process]?.adding(milliseconds: policy(key.policy)?.recoveredAfter ?? 0)
        }
        return (due + recoveries).min()
    }

    /// Forgets what does not matter any more.
    mutating func tidy(at now: Timestamp) {
        tidied = now
        for (key, var track) in tracks {
            let span = policy(key.policy)?.limits.within ?? 0
            track.forget(before: now.adding(milliseconds: -span))
            tracks[key] = track.isIdle ? nil : track
        }
        for (key, streak) in streaks {
            let span = policy(key.policy)?.limits.within ?? 0
            if streak.last.adding(milliseconds: span) <= now { streaks[key] = nil }
        }
        let alerting = Set(tracks.filter(\.value.isAlerting).keys.map(\.process))
        wellSince = wellSince.filter { alerting.contains($0.key) || $0.value.adding(milliseconds: 3_600_000) > now }
    }

    // MARK: Alerts

    /// What people have yet to be told, by policies' names and processes.
    var owedAlerts: [RemediationDecision] {
        tracks.values.compactMap(\.owed).sorted { ($0.timestamp, $0.id) < ($1.timestamp, $1.id) }
    }

    /// People were told of `decision`.
    mutating func told(_ decision: RemediationDecision, _ reason: String, at now: Timestamp) -> RemediationDecision? {
        guard tracks[Key(decision)]?.owed?.id == decision.id else { return nil }
        var told = decision
        told.kind = .alerted
        told.reason = reason
        return record(told, at: now)
    }

    // MARK: Recovery

    /// Takes in a decision of the stream; those of other sets and of policies that are no more do not matter.
    ///
    /// Of what an instance wrote after another one led only beginnings count: to be sure, for nothing should have begun.
    mutating func replay(_ decision: RemediationDecision) {
        guard decision.set == set.name, decision.isDryRun == isDryRun, let policy = policy(decision.policy) else { return }
        let isLate = decision.epoch < epoch
        epoch = max(epoch, decision.epoch)
        if isLate {
            if decision.kind == .started {
                tracks[Key(decision), default: RemediationTrack()].count(decision, within: policy.limits.within)
            }
        } else {
            tracks[Key(decision), default: RemediationTrack()].apply(decision, within: policy.limits.within)
        }
    }

    /// After the replay: what was under way when its instance ended counts as failed.
    mutating func resume(at now: Timestamp) -> [RemediationDecision] {
        tidy(at: now)
        let cut = tracks.values.filter(\.isUnderWay).compactMap(\.pending).sorted { $0.id < $1.id }
        return cut.flatMap { end($0, .failed("the instance that did it ended before it told how it went"), at: now) }
    }

    /// The first event that may be lost if this instance ends now; nil if none.
    var firstUnsettled: UInt64? { again.values.map(\.sequence).min() }

    // MARK: Helpers

    func policy(_ name: String) -> RemediationPolicy? {
        set.policies.first { $0.name == name }
    }

    private mutating func record(_ decision: RemediationDecision, at now: Timestamp) -> RemediationDecision {
        var decision = decision
        decision.timestamp = now
        let span = policy(decision.policy)?.limits.within ?? 0
        tracks[Key(decision), default: RemediationTrack()].apply(decision, within: span)
        return decision
    }

    static func text(_ trigger: RemediationDecision.Trigger) -> String {
        switch trigger.kind {
        case .crashed: trigger.exitCode.map { "crashed with exit code \($0)" } ?? "crashed"
        case .unhealthy: "became unhealthy"
        case .healthy: "became healthy"
        case .statusChanged: "changed its status"
        case .started, .stopped, .restarted: "was \(trigger.kind.rawValue)"
        }
    }

    /// A number from 0 to 1 that differs between attempts: FNV-1a, mixed so that similar texts are far apart.
    private static func draw(_ text: String) -> Double {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return Double(hash >> 11) / Double(UInt64(1) << 53)
    }
}

// One term of leadership: events are read, decided about and acted on, as long as the lease is held.

import ArgusBus
import ArgusShared

/// The work of the leader.
actor RemediationTerm {
    /// The lease, or the connection that keeps it, was lost: another instance may act now.
    struct Lost: Error {}

    /// Events before the position that are looked at again, for rows of changes that have led to no decision yet.
    private static let memory: UInt64 = 5000
    /// How long nobody may be told when time has passed.
    private static let slowestTick = Duration.milliseconds(500)
    private static let fastestTick = Duration.milliseconds(20)

    private let bus: Bus
    private let lease: LeaderLease
    private let actions: RemediationActions
    private let log: DecisionLog
    private let report: RemediationReport
    private var engine: RemediationEngine
    private var position: UInt64
    /// Alerts that are on their way, by the decisions' ids.
    private var telling: Set<String> = []

    /// Takes up where the decisions on the bus and the leader before have left.
    init(
        _ term: LeaderLease.Term, bus: Bus, lease: LeaderLease, instance: String, set: RemediationPolicySet, actions: RemediationActions,
        report: RemediationReport
    ) async throws {
        self.bus = bus
        self.lease = lease
        self.actions = actions
        self.report = report
        log = DecisionLog(bus, instance: instance, epoch: term.epoch)
        var engine = RemediationEngine(set, isDryRun: actions.isDryRun)
        try await DecisionLog.replay(bus, into: &engine)
        let events = try await bus.streamInfo(Streams.processEvents().name)
        // A stream that was made anew begins at 1 again.
        position = min(term.position ?? events.lastSequence, events.lastSequence)
        self.engine = engine
    }

    /// Up to where the stream of process events is settled.
    var settled: UInt64 {
        engine.firstUnsettled.map { min(position, $0 - 1) } ?? position
    }

    /// Works until the lease is lost, or until cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.keepLease() }
            try await recall()
            await findWell()
            try await record(engine.resume(at: .now()))
            group.addTask { try await self.follow() }
            // A task that fails cancels the others, but not this loop.
            while !group.isCancelled {
                try await record(engine.advance(to: .now()))
                for decision in engine.take(at: .now()) { group.addTask { try await self.attempt(decision) } }
                for decision in engine.owedAlerts where !telling.contains(decision.id) {
                    telling.insert(decision.id)
                    group.addTask { try await self.tell(decision) }
                }
                try await Task.sleep(for: pause)
            }
        }
    }

    private var pause: Duration {
        guard let next = engine.nextTime else { return Self.slowestTick }
        let rest = Duration.milliseconds(next.milliseconds - Timestamp.now().milliseconds)
        return min(max(rest, Self.fastestTick), Self.slowestTick)
    }

    private func keepLease() async throws {
        while true {
            guard await lease.renew(position: settled) else { throw Lost() }
            try await Task.sleep(for: lease.interval)
        }
    }

    // MARK: Events

    /// Looks at what happened before, so that rows of changes go on.
    private func recall() async throws {
        guard position > 0 else { return }
        let first = position > Self.memory ? position - Self.memory : 1
        let consumer = try await bus.replay(stream: Streams.processEvents().name, from: first)
        var next = first
        var rest = consumer.initiallyPending
        while next <= position, rest > 0 {
            let messages = try await consumer.next(max: 512, wait: .seconds(10))
            guard let last = messages.last?.metadata else { break }
            for message in messages where message.metadata?.streamSequence ?? .max <= position {
                if let event = try? ProcessEvent(parsing: message.payload) { engine.remember(event, at: event.timestamp) }
            }
            (next, rest) = (last.streamSequence + 1, last.pending)
        }
        await consumer.close()
    }

    /// What was given up and runs now may have recovered while nobody looked.
    private func findWell() async {
        let alerting = engine.tracks.filter(\.value.isAlerting).map(\.key.process)
        guard !alerting.isEmpty else { return }
        for process in await actions.well(among: alerting) { engine.found(well: process, at: .now()) }
    }

    private func follow() async throws {
        let consumer = try await bus.replay(stream: Streams.processEvents().name, from: position + 1)
        while true {
            for message in try await consumer.next(max: 256, wait: .seconds(60)) {
                guard let sequence = message.metadata?.streamSequence else { continue }
                if let event = try? ProcessEvent(parsing: message.payload) {
                    try await record(engine.observe(event, sequence: sequence, at: .now()))
                }
                position = sequence
            }
        }
    }

    // MARK: Attempts

    private func attempt(_ scheduled: RemediationDecision) async throws {
        guard let policy = engine.policy(scheduled.policy) else { return }
        if let obstacle = await actions.obstacle(to: scheduled, policy) {
            return try await record(engine.skip(scheduled, because: obstacle, at: .now()))
        }
        guard let started = engine.begin(scheduled, at: .now()) else { return }
        try await record([started])
        // What is on the bus now counts, whoever goes on; but only the holder of the lease acts.
        guard await lease.isValid else { throw Lost() }
        let outcome = await actions.perform(started, policy)
        try Task.checkCancellation()
        try await record(engine.end(started, outcome, at: .now()))
    }

    /// Tells people, however long it takes.
    private func tell(_ decision: RemediationDecision) async throws {
        guard let policy = engine.policy(decision.policy) else { return }
        var pause = Duration.seconds(1)
        while true {
            guard await lease.isValid else { throw Lost() }
            switch await actions.tell(decision, policy) {
            case .told(let text):
                if let told = engine.told(decision, text, at: .now()) { try await record([told]) }
                telling.remove(decision.id)
                return
            case .nobody(let why):
                return try report.note(why)
            case .failed(let why):
                try report.note("an alert about \(decision.namespace)/\(decision.process) could not be raised, trying again: \(why)")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(30))
            // A later decision may have made this one out of date.
            guard engine.owedAlerts.contains(where: { $0.id == decision.id }) else {
                telling.remove(decision.id)
                return
            }
        }
    }

    private func record(_ decisions: [RemediationDecision]) async throws {
        guard !decisions.isEmpty else { return }
        guard await lease.isValid else { throw Lost() }
        for decision in decisions { try report.decision(log.signed(decision)) }
        do {
            try await log.write(decisions)
        } catch {
            try Task.checkCancellation()
            throw Lost()
        }
    }
}

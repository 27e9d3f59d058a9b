// Makes runs of observations, and traces of runs.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// How long things may take.
struct RunTimes: Sendable {
    /// A run of which nothing was heard for so long is lost.
    var lostAfter: Duration
    /// Runs that ended are forgotten after so long.
    var age: Duration
    /// What ended is published without its beginning after so long.
    var patience: Duration = .seconds(15)
    /// Time between looks for what is lost, old or left over.
    var interval: Duration = .seconds(15)
}

/// Takes observations from the bus into the tables of runs, and publishes what ended as spans.
///
/// An observation is acknowledged once the tables know it and its spans are on the bus. Either may happen again: the tables are the same
/// after a repetition, and a span with a known identifier is not stored twice.
struct RunTracker: Service, CustomStringConvertible {
    /// What logs call it.
    var description: String { "run tracker" }

    private let bus: Bus
    private let store: RunStore
    private let feed: ObservationFeed
    private let times: RunTimes
    private let metrics: RunMetrics
    private let logger: Logger
    private let sweep: Sweep

    private final class Sweep: Sendable {
        private let next = Mutex(ContinuousClock.now)

        func isDue(every interval: Duration) -> Bool {
            next.withLock { next in
                guard ContinuousClock.now >= next else { return false }
                next = .now + interval
                return true
            }
        }
    }

    init(bus: Bus, store: RunStore, times: RunTimes, metrics registry: MetricsRegistry, logger: Logger) {
        self.bus = bus
        self.store = store
        self.times = times
        self.logger = logger
        metrics = RunMetrics(registry, source: "observations")
        sweep = Sweep()
        feed = ObservationFeed(
            bus: bus, stream: Streams.observation(), consumer: Consumers.runTracker, metrics: metrics, logger: logger,
            pause: min(.seconds(1), times.interval))
    }

    /// Makes runs until the service stops.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await feed.run(handle: { try await handle($0) }, idle: { try await lookAround() })
        }
    }

    // MARK: Observations

    private func handle(_ messages: [BusMessage]) async throws {
        var events: [(event: RunEvent, message: BusMessage)] = []
        var letters: [ObservationFeed.Letter] = []
        for message in messages {
            do {
                let seen = message.metadata?.timestamp.milliseconds ?? Timestamp.now().milliseconds
                events.append((try RunEvent(ObservationEvent(parsing: message.payload), seen: seen), message))
            } catch {
                letters.append(.init(message: message, reason: "\(error)"))
            }
        }
        let runs = try await absorb(events, &letters)
        try await feed.refuse(letters, kind: "observations")
        try await publish(try await store.due(of: Array(Set(runs))))
        metrics.taken.increment(by: events.count)
    }

    /// Stores events; one that the database never takes becomes a letter.
    private func absorb(
        _ events: [(event: RunEvent, message: BusMessage)], _ letters: inout [ObservationFeed.Letter]
    ) async throws -> [Int64] {
        guard !events.isEmpty else { return [] }
        let problem: any Error
        do {
            return try await store.absorb(events.map(\.event))
        } catch {
            problem = error
        }
        guard FailureKind(problem) == .batch else { throw problem }
        guard events.count > 1 else {
            letters += events.map { .init(message: $0.message, reason: "the database does not take it: \(problem)") }
            return []
        }
        let middle = events.count / 2
        let first = try await absorb(Array(events[..<middle]), &letters)
        return first + (try await absorb(Array(events[middle...]), &letters))
    }

    // MARK: Spans

    private func publish(_ due: RunStore.Due) async throws {
        guard !due.isEmpty else { return }
        let lost = due.runs.filter { $0.facts.status == .lost }
        var unfinished: [(step: StepRow, run: RunRow)] = []
        for run in lost {
            unfinished += try await store.steps(of: run.id, limit: 1000).filter { $0.facts.ended == nil }.map { ($0, run) }
        }
        for request in RunSpans.requests(of: due, unfinished: unfinished) {
            _ = try await bus.publish(request, to: Subjects.otlpTraces, headers: [HeaderName.schema: Schema.current])
        }
        metrics.spans.increment(by: due.steps.count + unfinished.count + due.runs.count)
        for run in lost { try await tellLost(run) }
        try await store.published(due)
    }

    /// Says on the bus that a run is lost, so that somebody may be told.
    private func tellLost(_ row: RunRow) async throws {
        let facts = row.facts
        let identity = facts.identity
        var event = ObservationEvent(.runLost, id: "\(identity.traceID.hex)-\(facts.lostSeen ?? 0)")
        event.clientID = identity.client
        event.workflowID = identity.workflow
        event.runID = identity.run
        event.data = RawJSON(
            .object([
                .init("status", .string(RunStatus.lost.rawValue)), .init("error", .string(facts.error ?? "")),
                .init("started_at", .string(Timestamp(milliseconds: facts.began).rfc3339)),
                .init("last_event_at", .string(Timestamp(milliseconds: facts.lastEvent).rfc3339)),
                .init("trace_id", .string(identity.traceID.hex)),
            ]))
        _ = try await bus.publish(event.json, to: event.type.subject, messageID: event.id)
        metrics.lost.increment()
        logger.warning(
            "the end of a run never came",
            metadata: ["client": "\(identity.client)", "workflow": "\(identity.workflow)", "run": "\(identity.run)"])
    }

    // MARK: Time

    /// Looks for what is lost, left over or old. Only when nothing waits on the bus: the end of a run may be among it.
    private func lookAround() async throws {
        guard sweep.isDue(every: times.interval) else { return }
        while try await store.giveUp(after: times.lostAfter.wholeMilliseconds) == RunStore.batch {}
        while true {
            let due = try await store.overdue(after: 0)
            let limit = store.now() - times.patience.wholeMilliseconds
            let ready = RunStore.Due(
                runs: due.runs.filter { $0.facts.status == .lost || $0.changedAt <= limit },
                steps: due.steps.filter { $0.step.changedAt <= limit })
            if ready.isEmpty { break }
            try await publish(ready)
        }
        while try await store.forget(after: max(times.age, times.lostAfter).wholeMilliseconds) == RunStore.batch {}
    }
}

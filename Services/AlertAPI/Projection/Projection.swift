// Follows the commit log into the database.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusStorage
import Logging
import ServiceLifecycle

/// Reads commits in order, publishes their notifications, writes them to the database, and hands their changes to the stream.
///
/// The position is written in the transaction of the changes, and only after the bus has the notifications: nothing is skipped, whatever
/// dies when. While one batch is written, the next is read and its notifications are published; no more than these two are in memory.
final class Projection: Service, CustomStringConvertible {
    private static let commitsPerBatch = 256
    /// Time between the beginnings of two transactions under load.
    private static let batchInterval = Duration.milliseconds(20)
    private static let changesPerBatch = 2_000
    private static let bytesPerBatch = 8 << 20

    private let bus: Bus
    private let database: any Database
    private let store: ConfigurationStore
    private let notifications: NotificationPublisher
    private let watermark: NotificationWatermark
    private let deadLetters: DeadLetters
    private let hub: ChangeHub
    private let starter: ProjectionStart
    private let metrics: ProjectionMetrics
    let health = ProjectionHealth()
    private let logger: Logger

    init(
        bus: Bus, database: any Database, store: ConfigurationStore, notifications: NotificationPublisher, deadLetters: DeadLetters,
        hub: ChangeHub, partitions: Int, metrics registry: MetricsRegistry, logger: Logger
    ) {
        self.bus = bus
        self.database = database
        self.store = store
        self.notifications = notifications
        self.deadLetters = deadLetters
        self.hub = hub
        self.logger = logger
        watermark = NotificationWatermark(bus: bus)
        metrics = ProjectionMetrics(registry, health: health)
        starter = ProjectionStart(
            bus: bus, database: database, partitions: partitions, rebuilds: metrics.rebuilds, logger: logger)
    }

    /// What logs call it.
    var description: String { "projection" }

    /// Follows the log until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await self.store.waitUntilLoaded()
            var backoff = Backoff(first: .milliseconds(100), longest: .seconds(10))
            while !Task.isCancelled {
                do {
                    try await self.follow { backoff = Backoff(first: .milliseconds(100), longest: .seconds(10)) }
                } catch {
                    guard !Task.isCancelled else { break }
                    self.health.failed("the projection failed and is tried again: \(error)")
                    self.metrics.retries.increment()
                    self.logger.error("the projection failed, trying again", metadata: [LogKey.error: "\(error)"])
                    try? await Task.sleep(for: backoff.next())
                }
            }
        }
    }

    private func follow(onProgress: () -> Void) async throws {
        let applied = try await starter.prepare()
        // What another instance wrote while this one failed still has to be handed to those who follow here.
        let position = min(applied, hub.position ?? applied)
        hub.start(at: position)
        let notifiedUpTo = try await watermark.load()
        let log = try await bus.replay(stream: Streams.alerts.name, from: position + 1, prefetch: Self.commitsPerBatch)
        if log.initiallyPending == 0 { health.progressed(behind: 0) }
        var writing: Task<Void, any Error>?
        do {
            var lastBatch: ContinuousClock.Instant?
            while !Task.isCancelled {
                // Whatever comes after a pause is written at once, and so is a backlog; in between, commits share a transaction.
                if let lastBatch { try? await Task.sleep(until: lastBatch + Self.batchInterval) }
                let messages = try await log.next(max: Self.commitsPerBatch, wait: .seconds(2), maxBytes: Self.bytesPerBatch)
                lastBatch = messages.last?.metadata?.pending == 0 ? .now : nil
                guard let last = messages.last?.metadata else {
                    try await writing?.value
                    writing = nil
                    continue
                }
                for batch in try await decode(messages) {
                    let isLast = batch.last?.sequence == last.streamSequence
                    let publishing = Task { try await self.publishNotifications(of: batch.filter { $0.sequence > notifiedUpTo }) }
                    let before = writing
                    writing = nil
                    try await withTaskCancellationHandler {
                        try await before?.value
                    } onCancel: {
                        before?.cancel()
                        publishing.cancel()
                    }
                    onProgress()
                    writing = Task {
                        let notified = try await withTaskCancellationHandler {
                            try await publishing.value
                        } onCancel: {
                            publishing.cancel()
                        }
                        try await self.write(batch, notified: notified, behind: isLast ? last.pending : last.pending + 1)
                    }
                }
            }
            throw CancellationError()
        } catch {
            writing?.cancel()
            _ = await writing?.result
            await log.close()
            throw error
        }
    }

    /// Commits in batches of a bounded number of changes.
    private func decode(_ messages: [BusMessage]) async throws -> [[SequencedCommit]] {
        var batches: [[SequencedCommit]] = []
        var batch: [SequencedCommit] = []
        var changes = 0
        for message in messages {
            let commit = try await decode(message)
            if changes > 0, changes + commit.commit.changes.count > Self.changesPerBatch {
                batches.append(batch)
                batch = []
                changes = 0
            }
            batch.append(commit)
            changes += commit.commit.changes.count
        }
        batches.append(batch)
        return batches
    }

    /// The commit of a message; one that cannot be understood is dead-lettered and stands as one that changes nothing.
    private func decode(_ message: BusMessage) async throws -> SequencedCommit {
        let sequence = message.metadata?.streamSequence ?? 0
        var reason = "the schema \"\(message.headers[HeaderName.schema] ?? "")\" is not known"
        if message.headers[HeaderName.schema] == Schema.current {
            do {
                return SequencedCommit(sequence: sequence, commit: try Commit(message.payload))
            } catch {
                reason = "the commit cannot be read: \(error)"
            }
        }
        try await deadLetters.add(message, kind: .commit, reason: reason)
        let nothing = Commit(
            partition: Int(message.subject.split(separator: ".").last ?? "") ?? 0, owner: "", inputSequence: 0,
            clock: Timestamp(milliseconds: 0), nextOrdinal: 0, changes: [])
        return SequencedCommit(sequence: sequence, commit: nothing)
    }

    private func publishNotifications(of commits: [SequencedCommit]) async throws -> [String: UInt64] {
        guard let last = commits.last else { return [:] }
        let sequences = try await retrying("publishing notifications") { try await self.notifications.publish(commits) }
        await watermark.advance(to: last.sequence)
        return sequences
    }

    private func write(_ batch: [SequencedCommit], notified: [String: UInt64], behind: UInt64) async throws {
        let start = ContinuousClock.now
        let outcome = try await retrying("writing to the database") {
            try await self.database.write { try CommitWriter.apply(batch, notified: notified, to: $0) }
        }
        metrics.write.record(.now - start)
        metrics.commits.increment(by: outcome.applied)
        metrics.alerts.increment(by: outcome.alerts)
        if let clock = batch.last?.commit.clock, clock.milliseconds > 0 {
            metrics.delay.record(seconds: Double(max(Timestamp.now().milliseconds - clock.milliseconds, 0)) / 1000)
        }
        hub.publish(batch)
        health.progressed(behind: behind)
    }

    /// Repeats what fails for a reason that passes, and lets `/readyz` know.
    private func retrying<T: Sendable>(_ what: String, _ body: () async throws -> T) async throws -> T {
        var backoff = Backoff(first: .milliseconds(50), longest: .seconds(5))
        while true {
            do {
                return try await body()
            } catch let error as StorageError where error.isRetriable {
                health.failed("\(what) fails: \(error)")
                metrics.retries.increment()
                logger.warning("\(what) failed, trying again", metadata: [LogKey.error: "\(error)"])
                try await Task.sleep(for: backoff.next())
            }
        }
    }
}

/// What the projection measures.
struct ProjectionMetrics: Sendable {
    let commits: MetricCounter
    let alerts: MetricCounter
    let retries: MetricCounter
    let rebuilds: MetricCounter
    let write: MetricHistogram
    let delay: MetricHistogram

    init(_ registry: MetricsRegistry, health: ProjectionHealth) {
        commits = registry.counter(MetricNames.projectedCommits, help: "Commits applied to the database by this instance.")
        alerts = registry.counter(MetricNames.projectedAlerts, help: "Alerts written to the database by this instance.")
        retries = registry.counter(MetricNames.projectionRetries, help: "Attempts of the projection that failed.")
        rebuilds = registry.counter(MetricNames.projectionRebuilds, help: "Rebuilds of the database from snapshots.")
        write = registry.histogram(MetricNames.projectionWrite, help: "Time to apply a batch of commits to the database.")
        delay = registry.histogram(MetricNames.projectionDelay, help: "Time from an event until its alert is in the database.")
        registry.gauge(MetricNames.projectionLag, help: "Commits in the log that are not in the database yet.") { Double(health.behind) }
    }
}

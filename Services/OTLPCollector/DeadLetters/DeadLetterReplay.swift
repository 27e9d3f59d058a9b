// Stores dead letters once the database is back.

import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle
import Synchronization

/// Replays files at the start, at an interval, and when an outage ends; oldest first, until the database is away again.
///
/// While the database is away it tries a file now and then, so that an outage ends also when no telemetry comes.
/// A file is removed after its commit. A crash in between stores it again, which changes nothing.
final class DeadLetterReplay: Service, CustomStringConvertible {
    /// What became of a file.
    enum Outcome: Sendable, Hashable {
        /// Its messages are in the database, and it is gone. `aside` of them can never be stored and are kept aside.
        case stored(WriteSummary, aside: Int)
        /// It can never be stored and is aside.
        case setAside(reason: String)
        /// Another replay or a deletion has it, or it is gone.
        case elsewhere
    }

    private static let probeInterval = Duration.seconds(2)

    /// What logs call it.
    var description: String { "dead-letter replay" }

    private let directory: DeadLetterDirectory
    private let stores: [OTLPSignal: any MessageStore]
    private let outage: DatabaseOutage
    private let interval: Duration
    private let replayed: MetricCounter
    private let logger: Logger
    private let bell = Bell()
    private let claimed = Mutex<Set<DeadLetterID>>([])

    init(
        directory: DeadLetterDirectory, stores: [any MessageStore], outage: DatabaseOutage, interval: Duration, metrics: MetricsRegistry,
        logger: Logger
    ) {
        self.directory = directory
        self.stores = Dictionary(stores.map { ($0.signal, $0) }) { first, _ in first }
        self.outage = outage
        self.interval = interval
        self.logger = logger
        replayed = metrics.counter(WriterMetricNames.replayed, help: "Messages stored from dead-letter files.")
        outage.onChange { [weak self] in self?.wake() }
    }

    /// Replays now instead of at the next interval.
    func wake() {
        bell.ring()
    }

    /// Replays until the service stops.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isRecovered = false
            var backoff = Backoff(first: Self.probeInterval, longest: self.interval)
            while !Task.isCancelled {
                var pause = self.interval
                do {
                    if !isRecovered { try await self.directory.recover() }
                    isRecovered = true
                    try await self.replayAll()
                    backoff.reset()
                } catch {
                    if Task.isCancelled { break }
                    if self.outage.isAway, FailureKind(error) == .database {
                        _ = self.outage.failed(error)
                    } else {
                        self.logger.warning("replaying dead letters was interrupted", metadata: [LogKey.error: "\(error)"])
                    }
                    pause = backoff.next()
                }
                await self.bell.wait(atMost: self.outage.isAway ? min(Self.probeInterval, self.interval) : pause)
            }
        }
    }

    /// Replays every file that waits. Ends with the first error of the database; while it is away, does nothing unless a probe is due.
    func replayAll() async throws {
        let files = try await directory.pendingIDs()
        guard !files.isEmpty, outage.admit() == .attempt else { return try await directory.count() }
        var stored = 0
        defer { if stored > 0 { logger.notice("dead letters were stored", metadata: [LogKey.count: "\(stored)"]) } }
        for id in files {
            try Task.checkCancellation()
            if case .stored = try await replay(id, from: .pending) { stored += 1 }
        }
        try await directory.count()
    }

    /// Replays one file.
    ///
    /// - Throws: the database's error, if the database does not answer as it should; the file stays where it is.
    func replay(_ id: DeadLetterID, from place: DeadLetterFiles.Place) async throws -> Outcome {
        guard claim(id) else { return .elsewhere }
        defer { release(id) }
        let batch: DeadLetterBatch
        do {
            batch = try await directory.read(id, place)
        } catch let error as DeadLetterBatch.Unreadable {
            return try await refuse(id, place, "it cannot be read: \(error)")
        } catch let error as FileError where error.isMissing {
            return .elsewhere
        }
        guard let store = stores[batch.header.kind] else {
            return try await refuse(id, place, "nothing here stores \(batch.header.kind.text)")
        }
        let outcome = try await store.store(batch.messages)
        outage.succeeded()
        if let first = outcome.poison.first {
            guard outcome.poison.count < batch.messages.count else { return try await refuse(id, place, first.reason) }
            try await directory.write(
                outcome.poison.map(\.message), signal: batch.header.kind, items: outcome.poison.count, reason: first.reason, aside: true,
                as: place == .pending ? DeadLetterID(id.text + "-aside") : nil)
        }
        try await directory.remove(id, from: place)
        replayed.increment(by: batch.messages.count - outcome.poison.count)
        return .stored(outcome.summary, aside: outcome.poison.count)
    }

    /// Deletes a file; false if there is none, or if it is being replayed.
    func delete(_ id: DeadLetterID, from place: DeadLetterFiles.Place) async throws -> Bool {
        guard claim(id) else { return false }
        defer { release(id) }
        try await directory.remove(id, from: place)
        logger.notice("a dead-letter file was deleted on request", metadata: ["file": "\(id.text)"])
        return true
    }

    private func refuse(_ id: DeadLetterID, _ place: DeadLetterFiles.Place, _ reason: String) async throws -> Outcome {
        if place == .pending {
            do {
                try await directory.setAside(id, reason: reason)
            } catch let error as FileError where error.isMissing {
                return .elsewhere
            }
            logger.error(
                "a dead-letter file can never be stored and is aside", metadata: ["file": "\(id.text)", LogKey.error: "\(reason)"])
        }
        return .setAside(reason: reason)
    }

    private func claim(_ id: DeadLetterID) -> Bool {
        claimed.withLock { $0.insert(id).inserted }
    }

    private func release(_ id: DeadLetterID) {
        claimed.withLock { _ = $0.remove(id) }
    }
}

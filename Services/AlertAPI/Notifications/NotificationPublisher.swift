// Puts notifications on the bus, at once when a commit is read.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import Synchronization

/// Publishes what commits say about parents of managers that want to know.
final class NotificationPublisher: Sendable {
    /// Publishes on their way at the same time.
    private static let window = 256
    /// Alerts whose last notification is remembered without asking the database.
    private static let memory = 50_000

    private struct Recent {
        var sequences: [String: UInt64] = [:]
        var order: [String] = []
    }

    private let bus: Bus
    private let store: ConfigurationStore
    private let queries: AlertQueries
    private let deadLetters: DeadLetters
    private let published: [AlertNotification.Kind: MetricCounter]
    private let logger: Logger
    private let recent = Mutex(Recent())

    init(
        bus: Bus, store: ConfigurationStore, queries: AlertQueries, deadLetters: DeadLetters, metrics: MetricsRegistry, logger: Logger
    ) {
        self.bus = bus
        self.store = store
        self.queries = queries
        self.deadLetters = deadLetters
        self.logger = logger
        published = Dictionary(
            uniqueKeysWithValues: AlertNotification.Kind.allCases.map { kind in
                (
                    kind,
                    metrics.counter(
                        MetricNames.notificationsPublished, help: "Notifications put on the bus.", labels: [("kind", kind.rawValue)])
                )
            })
    }

    /// Publishes the notifications of commits and waits until the bus has them; tries for as long as the bus is away.
    ///
    /// - Returns: The stream sequence of the last notification of each alert.
    /// - Throws: `CancellationError`, or an error of the database or the bus that waiting does not help.
    func publish(_ commits: [SequencedCommit]) async throws -> [String: UInt64] {
        let chains = try await wanted(in: commits)
        guard !chains.isEmpty else { return [:] }
        return try await withThrowingTaskGroup(of: (String, UInt64?).self) { group in
            var sequences: [String: UInt64] = [:]
            var running = 0
            for chain in chains {
                if running >= Self.window, let (id, sequence) = try await group.next() {
                    sequences[id] = sequence
                    running -= 1
                }
                group.addTask { try await self.publish(chain) }
                running += 1
            }
            for try await (id, sequence) in group { sequences[id] = sequence }
            return sequences
        }
    }

    /// Notifications by alert, in order, of managers that have a webhook.
    private func wanted(in commits: [SequencedCommit]) async throws -> [[AlertNotification]] {
        var chains: [String: [AlertNotification]] = [:]
        var order: [String] = []
        var isWanted: [String: Bool] = [:]
        for commit in commits {
            for change in commit.commit.changes where !change.transitions.isEmpty {
                let notifications = AlertNotification.notifications(for: change)
                guard !notifications.isEmpty else { continue }
                let managerID = change.alert.managerID
                if isWanted[managerID] == nil { isWanted[managerID] = try await hasWebhook(managerID) }
                guard isWanted[managerID] == true else { continue }
                if chains[change.alert.id] == nil { order.append(change.alert.id) }
                chains[change.alert.id, default: []] += notifications
            }
        }
        return order.compactMap { chains[$0] }
    }

    private func hasWebhook(_ managerID: String) async throws -> Bool {
        if let manager = store.known(EventManager.self, managerID) { return manager.value.notification.webhookURL != nil }
        // Another instance may have made it a moment ago.
        let manager = try await retrying("reading an event manager") { try await self.store.current(EventManager.self, managerID) }
        return manager?.value.notification.webhookURL != nil
    }

    private func publish(_ chain: [AlertNotification]) async throws -> (String, UInt64?) {
        var previous: UInt64?
        var id = ""
        for notification in chain {
            id = notification.alert.id
            let isFirst = notification.alert.version == 1 && notification.kind == .firing
            if previous == nil, !isFirst { previous = try await lastSequence(of: id) }
            var notification = notification
            notification.previous = previous
            previous = try await publish(notification)
        }
        if let previous { remember(previous, of: id) }
        return (id, previous)
    }

    private func publish(_ notification: AlertNotification) async throws -> UInt64? {
        let subject = Subjects.notifications(manager: notification.alert.managerID)
        let payload = notification.encoded()
        do {
            let ack = try await retrying("publishing a notification") {
                try await self.bus.publish(
                    payload, to: subject,
                    headers: [HeaderName.traceparent: TraceContext.makeRoot().traceparent, HeaderName.schema: Schema.current],
                    messageID: notification.messageID)
            }
            published[notification.kind]?.increment()
            return ack.sequence
        } catch let error as BusError where error.code == .streamFull {
            // Endpoints that are dead must not hold up the alerts: what does not fit is kept where nothing waits for it.
            let message = BusMessage(subject: subject, payload: payload)
            try await retrying("dead-lettering a notification") {
                try await self.deadLetters.add(message, kind: .notification, reason: "the queue of notifications is full")
            }
            return notification.previous
        }
    }

    private func lastSequence(of alertID: String) async throws -> UInt64? {
        if let sequence = recent.withLock({ $0.sequences[alertID] }) { return sequence }
        return try await queries.notifiedSequence(ofAlert: alertID)
    }

    private func remember(_ sequence: UInt64, of alertID: String) {
        recent.withLock { recent in
            if recent.sequences.updateValue(sequence, forKey: alertID) == nil { recent.order.append(alertID) }
            guard recent.order.count > Self.memory else { return }
            for forgotten in recent.order.prefix(Self.memory / 2) { recent.sequences[forgotten] = nil }
            recent.order.removeFirst(Self.memory / 2)
        }
    }

    private func retrying<T: Sendable>(_ what: String, _ body: () async throws -> T) async throws -> T {
        var backoff = Backoff(first: .milliseconds(50), longest: .seconds(5))
        while true {
            do {
                return try await body()
            } catch let error as BusError where error.isRetriable && error.code != .streamFull {
                logger.warning("\(what) failed, trying again", metadata: [LogKey.error: "\(error)"])
                try await Task.sleep(for: backoff.next())
            }
        }
    }
}

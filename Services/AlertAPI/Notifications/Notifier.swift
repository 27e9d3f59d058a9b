// Delivers notifications to webhooks, at least once.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle

/// Takes notifications from the bus and POSTs them to their managers' webhooks.
///
/// A notification is acknowledged when the endpoint took it, or when it was given up and dead-lettered. What cannot be delivered now goes
/// back to the bus, which holds it; memory holds only what `DeliveryLanes` allows.
final class Notifier: Service, CustomStringConvertible {
    private static let keepAliveInterval: Duration = .seconds(5)
    private static let firstPause: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(300)

    private let bus: Bus
    private let store: ConfigurationStore
    private let client: WebhookClient
    private let bodies: WebhookBodies
    private let deadLetters: DeadLetters
    private let retryFor: Duration
    private let lanes = DeliveryLanes()
    private let metrics: NotifierMetrics
    private let logger: Logger

    init(
        bus: Bus, store: ConfigurationStore, client: WebhookClient, bodies: WebhookBodies, deadLetters: DeadLetters, retryFor: Duration,
        metrics: MetricsRegistry, logger: Logger
    ) {
        self.bus = bus
        self.store = store
        self.client = client
        self.bodies = bodies
        self.deadLetters = deadLetters
        self.retryFor = retryFor
        self.metrics = NotifierMetrics(metrics, lanes: lanes)
        self.logger = logger
    }

    /// What logs call it.
    var description: String { "notifier" }

    /// Delivers until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await self.store.waitUntilLoaded()
            var backoff = Backoff(first: .milliseconds(200), longest: .seconds(10))
            while !Task.isCancelled {
                do {
                    try await self.deliver()
                } catch {
                    guard !Task.isCancelled else { break }
                    self.logger.warning("taking notifications failed, trying again", metadata: [LogKey.error: "\(error)"])
                    try? await Task.sleep(for: backoff.next())
                }
            }
        }
        await client.shutDown()
    }

    private func deliver() async throws {
        let consumer = try await bus.consume(Consumers.notifier, prefetch: 512)
        do {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await self.keepAlive(consumer) }
                while !Task.isCancelled {
                    for message in try await consumer.next(max: 128, wait: .seconds(5)) {
                        let lane = Subjects.manager(ofNotifications: message.subject)
                        // Before anything is parsed: thousands may wait for one dead endpoint.
                        if let pause = self.lanes.refusal(lane: lane) {
                            try await self.postpone(message, for: pause, consumer)
                            continue
                        }
                        guard let delivery = try await self.accept(message, consumer) else { continue }
                        switch self.lanes.place(delivery, lane: lane) {
                        case .startWorker: group.addTask { await self.work(lane: lane, consumer) }
                        case .queued: break
                        case .later(let pause): try await self.postpone(message, for: pause, consumer)
                        }
                    }
                }
                throw CancellationError()
            }
        } catch {
            for delivery in lanes.drain() { try? consumer.negativeAcknowledge(delivery.message) }
            await consumer.close()
            throw error
        }
    }

    /// Reads a message; nil if it has been dealt with.
    private func accept(_ message: BusMessage, _ consumer: PullConsumer) async throws -> Delivery? {
        guard message.headers[HeaderName.schema] == Schema.current else {
            try await giveUp(message, "the schema \"\(message.headers[HeaderName.schema] ?? "")\" is not known", consumer)
            return nil
        }
        do {
            return Delivery(message: message, notification: try AlertNotification(message.payload))
        } catch {
            try await giveUp(message, "the notification cannot be read: \(error)", consumer)
            return nil
        }
    }

    private func work(lane: String, _ consumer: PullConsumer) async {
        while true {
            switch lanes.next(lane: lane) {
            case .attempt(let delivery):
                let finding = await attempt(delivery, consumer)
                lanes.finish(delivery, lane: lane, finding: finding)
            case .postpone(let delivery, let pause):
                do {
                    try await postpone(delivery.message, for: pause, consumer)
                } catch {
                    logFailure(of: delivery, error)
                }
                lanes.finish(delivery, lane: lane, finding: .nothing)
            case .done: return
            }
        }
    }

    /// Tries once, and settles the message by what came of it.
    private func attempt(_ delivery: Delivery, _ consumer: PullConsumer) async -> DeliveryLanes.Finding {
        do {
            guard let manager = store.known(EventManager.self, delivery.notification.alert.managerID)?.value,
                let url = manager.notification.webhookURL
            else {
                try consumer.acknowledge(delivery.message)
                metrics.dropped.increment()
                return .nothing
            }
            if let previous = delivery.notification.previous, try await isWaiting(previous, before: delivery) {
                let pause = Backoff.pause(
                    afterFailures: Int(clamping: delivery.message.metadata?.deliveryCount ?? 1), first: .milliseconds(40),
                    longest: .seconds(5))
                try consumer.negativeAcknowledge(delivery.message, delay: pause)
                return .nothing
            }
            let body = bodies.body(of: delivery.notification, for: manager)
            let outcome = await client.post(
                body, to: url,
                headers: [
                    ("Content-Type", "application/json"), ("User-Agent", "argus/\(SuiteVersion.current)"),
                    ("Argus-Signature", WebhookBodies.signature(of: body, key: manager.routingKey)),
                ])
            guard !Task.isCancelled else {
                try consumer.negativeAcknowledge(delivery.message)
                return .nothing
            }
            return try await settle(delivery, outcome, consumer)
        } catch {
            logFailure(of: delivery, error)
            return .nothing
        }
    }

    /// Whether the alert's notification before this one is still to be delivered: the receiver must not see them in the wrong order.
    private func isWaiting(_ previous: UInt64, before delivery: Delivery) async throws -> Bool {
        guard previous < delivery.sequence else { return false }
        return try await bus.message(stream: Streams.notifications.name, sequence: previous) != nil
    }

    private func settle(
        _ delivery: Delivery, _ outcome: WebhookOutcome, _ consumer: PullConsumer
    ) async throws -> DeliveryLanes.Finding {
        switch outcome {
        case .delivered:
            try consumer.acknowledge(delivery.message)
            metrics.sent.increment()
            let delay = Timestamp.now().milliseconds - delivery.notification.at.milliseconds
            metrics.delay.record(seconds: Double(max(delay, 0)) / 1000)
            return .alive
        case .unavailable(let reason):
            metrics.failed.increment()
            try await retryOrGiveUp(delivery.message, reason, limit: retryFor, atLeast: .zero, consumer)
            return .dead(reason)
        case .refused(let reason):
            metrics.failed.increment()
            // Somebody may be about to put the endpoint right, but most refusals are for good.
            try await retryOrGiveUp(delivery.message, reason, limit: retryFor / 10, atLeast: .zero, consumer)
            return .alive
        }
    }

    /// Sends a notification back for a while, because its endpoint is dead or there is no room.
    private func postpone(_ message: BusMessage, for pause: Duration, _ consumer: PullConsumer) async throws {
        let failure = lanes.failure(lane: Subjects.manager(ofNotifications: message.subject))
        try await retryOrGiveUp(message, failure ?? "there was no room for too long", limit: retryFor, atLeast: pause, consumer)
    }

    private func retryOrGiveUp(
        _ message: BusMessage, _ reason: String, limit: Duration, atLeast pause: Duration, _ consumer: PullConsumer
    ) async throws {
        let stored = message.metadata?.timestamp ?? .now()
        let age = Duration.milliseconds(max(Timestamp.now().milliseconds - stored.milliseconds, 0))
        guard age < limit else { return try await giveUp(message, reason, consumer) }
        let deliveries = Int(clamping: message.metadata?.deliveryCount ?? 1)
        let backoff = Backoff.pause(afterFailures: deliveries, first: Self.firstPause, longest: Self.longestPause)
        try consumer.negativeAcknowledge(message, delay: min(max(backoff, pause), limit - age + .milliseconds(100)))
    }

    private func giveUp(_ message: BusMessage, _ reason: String, _ consumer: PullConsumer) async throws {
        try await deadLetters.add(message, kind: .notification, reason: reason)
        try consumer.acknowledge(message)
    }

    private func keepAlive(_ consumer: PullConsumer) async throws {
        while true {
            try await Task.sleep(for: Self.keepAliveInterval)
            for delivery in lanes.touch(olderThan: Self.keepAliveInterval) { try? consumer.inProgress(delivery.message) }
        }
    }

    private func logFailure(of delivery: Delivery, _ error: any Error) {
        guard !Task.isCancelled else { return }
        logger.warning(
            "a notification could not be settled; it comes again",
            metadata: [LogKey.sequence: "\(delivery.sequence)", LogKey.error: "\(error)"])
    }
}

/// What the notifier measures.
struct NotifierMetrics: Sendable {
    let sent: MetricCounter
    let failed: MetricCounter
    let dropped: MetricCounter
    let delay: MetricHistogram

    init(_ registry: MetricsRegistry, lanes: DeliveryLanes) {
        sent = registry.counter(MetricNames.notificationsSent, help: "Notifications that a webhook took.")
        failed = registry.counter(MetricNames.notificationsFailed, help: "Attempts that a webhook did not take.")
        dropped = registry.counter(MetricNames.notificationsDropped, help: "Notifications whose manager has no webhook any more.")
        delay = registry.histogram(MetricNames.notificationDelay, help: "Time from a change of an alert until a webhook had taken it.")
        registry.gauge(MetricNames.notificationsHeld, help: "Notifications held in memory.") { Double(lanes.heldCount) }
        registry.gauge(MetricNames.openCircuits, help: "Event managers whose webhook is dead.") { Double(lanes.openCircuits) }
    }
}

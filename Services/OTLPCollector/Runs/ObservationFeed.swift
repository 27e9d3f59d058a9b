// Takes messages of one durable consumer, batch by batch, until the service stops.

import ArgusBus
import ArgusService
import ArgusShared
import Logging

/// A stream of small messages that collectors share, and what it has in common whatever is made of them.
struct ObservationFeed: Sendable {
    private static let messages = 512

    let bus: Bus
    /// Made only if it is missing: whoever publishes may have set it up otherwise.
    let stream: StreamDefinition
    let consumer: ConsumerDefinition
    let metrics: RunMetrics
    let logger: Logger
    /// How long to wait for messages before `idle`.
    var pause: Duration = .seconds(1)

    /// A message that can never be used.
    struct Letter: Sendable {
        var message: BusMessage
        var reason: String
    }

    /// Hands over what comes until the task is cancelled. What `handle` throws for is handed over again.
    ///
    /// - Parameter idle: called when nothing waits on the bus.
    func run(handle: @Sendable ([BusMessage]) async throws -> Void, idle: @Sendable () async throws -> Void) async {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        while !Task.isCancelled {
            do {
                try await prepareStream()
                let source = try await bus.consume(consumer, prefetch: Self.messages)
                backoff.reset()
                try await follow(source, handle: handle, idle: idle)
            } catch {
                if Task.isCancelled { break }
                metrics.retries.increment()
                logger.warning("following \(stream.name) failed, trying again", metadata: [LogKey.error: "\(error)"])
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    private func follow(
        _ source: PullConsumer, handle: @Sendable ([BusMessage]) async throws -> Void, idle: @Sendable () async throws -> Void
    ) async throws {
        let held = HeldMessages(consumer: source)
        let interval = consumer.acknowledgeWait / 3
        let keeper = Task {
            while (try? await Task.sleep(for: interval)) != nil { held.keepAlive() }
        }
        do {
            while !Task.isCancelled {
                let taken = try await source.next(max: Self.messages, wait: pause)
                let waiting = taken.last?.metadata?.pending ?? 0
                metrics.pending.set(Double(waiting))
                if !taken.isEmpty {
                    let handles = held.hold(taken)
                    let bytes = taken.reduce(0) { $0 + $1.payload.count }
                    do {
                        try await persist { try await handle(taken) }
                    } catch {
                        held.giveBack(handles, bytes: bytes)
                        throw error
                    }
                    held.acknowledge(handles, bytes: bytes)
                }
                if waiting == 0 { await attempt(idle) }
            }
        } catch {
            await end(source, keeper, held)
            throw error
        }
        await end(source, keeper, held)
    }

    /// Tries until it succeeds, holding on to the messages: given back, they would come again late and out of order.
    private func persist(_ work: () async throws -> Void) async throws {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        while await !attempt(work) { try await Task.sleep(for: backoff.next()) }
    }

    @discardableResult
    private func attempt(_ work: () async throws -> Void) async -> Bool {
        do {
            try await work()
            return true
        } catch {
            guard !Task.isCancelled else { return false }
            metrics.retries.increment()
            logger.warning("working on messages of \(stream.name) failed, trying again", metadata: [LogKey.error: "\(error)"])
            return false
        }
    }

    private func end(_ source: PullConsumer, _ keeper: Task<Void, Never>, _ held: HeldMessages) async {
        keeper.cancel()
        if let rest = try? await source.next(max: .max, wait: .zero) { held.giveBack(rest) }
        await source.close()
    }

    private func prepareStream() async throws {
        do throws(BusError) {
            _ = try await bus.streamInfo(stream.name)
        } catch {
            guard error.code == .notFound else { throw error }
            try await bus.ensure(stream)
        }
    }

    /// Puts messages that can never be used where a person may look at them.
    func refuse(_ letters: [Letter], kind: String) async throws {
        for letter in letters {
            let sequence = letter.message.metadata?.streamSequence ?? 0
            metrics.refused.increment()
            logger.warning(
                "a message of \(stream.name) cannot be used", metadata: [LogKey.sequence: "\(sequence)", LogKey.error: "\(letter.reason)"])
            let headers: MessageHeaders = [
                HeaderName.reason: String(letter.reason.prefix(512)).replacing("\n", with: " ").replacing("\r", with: " "),
                HeaderName.originalSubject: letter.message.subject, HeaderName.originalSequence: String(sequence),
            ]
            _ = try await bus.publish(
                letter.message.payload, to: Subjects.deadLetters(service: ServiceName.otlpCollector, kind: kind), headers: headers,
                messageID: "\(stream.name)-\(sequence)")
        }
    }
}

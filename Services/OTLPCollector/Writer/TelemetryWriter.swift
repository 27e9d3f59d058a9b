// Takes one signal's messages from the bus into the database.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle

/// Stores telemetry: gathers messages into a batch, decodes it while the batch before is written, writes it in one transaction, acknowledges.
///
/// A message is acknowledged once its items are in the database, in a dead-letter file or on the dead-letter stream, and not before.
/// Whatever dies when: it comes again, and storing it again changes nothing.
struct TelemetryWriter<Sink: TelemetrySink>: Service, CustomStringConvertible {
    private typealias Store = BatchStore<Sink>

    /// A batch on its way.
    private struct Batch: Sendable {
        var messages: [TelemetryMessage]
        var handles: [BusMessage]
        var bytes: Int
        var decoded: DecodedMessages<Sink.Batch>
        var refusals: [RefusalPublisher.Refusal]
    }

    /// What logs call it.
    var description: String { "\(signal.text) writer" }

    private let bus: Bus
    private let definition: ConsumerDefinition
    private let store: BatchStore<Sink>
    private let outage: DatabaseOutage
    private let deadLetters: DeadLetterDirectory
    private let limits: WriterLimits
    private let metrics: WriterMetrics
    private let refusals: RefusalPublisher
    private let logger: Logger

    private var signal: OTLPSignal { store.signal }

    /// - Parameters:
    ///   - consumer: The durable consumer of the store's signal.
    ///   - outage: Shared by everything that writes to the database.
    init(
        bus: Bus, consumer: ConsumerDefinition, store: BatchStore<Sink>, outage: DatabaseOutage, deadLetters: DeadLetterDirectory,
        limits: WriterLimits = WriterLimits(), logger: Logger
    ) {
        self.bus = bus
        definition = consumer
        self.store = store
        self.outage = outage
        self.deadLetters = deadLetters
        self.limits = limits
        self.logger = logger
        metrics = store.metrics
        refusals = RefusalPublisher(bus: bus, signal: store.signal, metrics: store.metrics, logger: logger)
    }

    /// Writes until the service stops; starts over when the bus or the consumer fails.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
            while !Task.isCancelled {
                do {
                    let consumer = try await bus.consume(
                        definition, prefetch: limits.messages, prefetchBytes: limits.prefetchBytes)
                    backoff.reset()
                    await follow(consumer)
                } catch {
                    if Task.isCancelled { break }
                    logger.error("taking telemetry from the bus failed, trying again", metadata: [LogKey.error: "\(error)"])
                    try? await Task.sleep(for: backoff.next())
                }
            }
        }
    }

    /// Writes what a consumer delivers, until that fails or the service stops.
    private func follow(_ consumer: PullConsumer) async {
        let held = HeldMessages(consumer: consumer)
        let interval = definition.acknowledgeWait / 3
        let keeper = Task {
            while (try? await Task.sleep(for: interval)) != nil { held.keepAlive() }
        }
        let backlog = Task { await watchBacklog() }
        var sizer = BatchSizer(items: limits.items, maximumBytes: limits.bytes)
        var writing: Task<Void, Never>?
        while !Task.isCancelled {
            let taken: [BusMessage]
            do {
                taken = try await gather(from: consumer, targetBytes: sizer.targetBytes, held)
            } catch {
                if !Task.isCancelled { logger.warning("the consumer ended", metadata: [LogKey.error: "\(error)"]) }
                break
            }
            guard !taken.isEmpty else { continue }
            let batch = prepare(taken, held)
            sizer.observed(bytes: batch.bytes, items: batch.decoded.items)
            metrics.heldBytes.set(Double(held.bytes))
            if let before = writing {
                await withTaskCancellationHandler {
                    await before.value
                } onCancel: {
                    before.cancel()
                }
            }
            writing = Task { await settle(batch, held) }
            if Task.isCancelled { writing?.cancel() }
        }
        // What was begun ends on its own: it is stored and acknowledged, or given back.
        writing?.cancel()
        await writing?.value
        keeper.cancel()
        backlog.cancel()
        if let rest = try? await consumer.next(max: .max, wait: .zero) { held.giveBack(rest) }
        await consumer.close()
    }

    /// Keeps the gauge of what waits right also while nothing is stored.
    private func watchBacklog() async {
        while !Task.isCancelled {
            if let info = try? await bus.consumerInfo(stream: definition.stream, name: definition.name) {
                metrics.pending.set(Double(info.pending + info.unacknowledged))
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    // MARK: Gathering

    /// Messages for one transaction: as many as it should have, or what came within the linger after the first.
    private func gather(from consumer: PullConsumer, targetBytes: Int, _ held: HeldMessages) async throws -> [BusMessage] {
        var taken = try await consumer.next(max: limits.messages, wait: .seconds(1), maxBytes: targetBytes)
        guard !taken.isEmpty else { return [] }
        let deadline = ContinuousClock.now + limits.linger
        var bytes = taken.reduce(0) { $0 + $1.payload.count }
        while taken.count < limits.messages {
            let left = targetBytes - bytes
            let wait = deadline - .now
            // Another message of the usual size would not fit.
            guard wait > .zero, left > bytes / taken.count / 2 else { break }
            do {
                let more = try await consumer.next(max: limits.messages - taken.count, wait: wait, maxBytes: left)
                bytes += more.reduce(0) { $0 + $1.payload.count }
                taken += more
            } catch {
                held.giveBack(taken)
                throw error
            }
        }
        return taken
    }

    /// Decodes messages, and takes out what must not be stored.
    private func prepare(_ taken: [BusMessage], _ held: HeldMessages) -> Batch {
        let handles = held.hold(taken)
        var known: [TelemetryMessage] = []
        var knownHandles: [BusMessage] = []
        var refused: [RefusalPublisher.Refusal] = []
        for (message, handle) in zip(taken, handles) {
            let schema = message.headers[HeaderName.schema] ?? Schema.current
            guard schema == Schema.current else {
                refused.append(
                    .init(
                        kind: "messages", reason: "the schema \"\(schema)\" is not known", payload: message.payload, items: 0,
                        original: handle,
                        number: -1))
                continue
            }
            known.append(telemetry(message))
            knownHandles.append(handle)
        }
        let decoded = store.sink.decode(known)
        refused += refusals.refusals(of: decoded.refused, in: knownHandles)
        return Batch(
            messages: decoded.readable(of: known), handles: handles, bytes: taken.reduce(0) { $0 + $1.payload.count }, decoded: decoded,
            refusals: refused)
    }

    /// A message as it is named for good: by its place in the stream and the time it was stored there.
    private func telemetry(_ message: BusMessage) -> TelemetryMessage {
        TelemetryMessage(
            signal: signal, sequence: message.metadata?.streamSequence ?? 0,
            published: (message.metadata?.timestamp.milliseconds ?? 0) * 1_000_000, payload: message.payload)
    }

    // MARK: Storing

    /// Brings a batch to where it is safe, however long that takes, and acknowledges it; gives it back if the service stops before.
    private func settle(_ batch: Batch, _ held: HeldMessages) async {
        do {
            try await refusals.publish(batch.refusals) { try await keepAside($0) }
            if batch.decoded.items > 0 {
                metrics.batchItems.record(Double(batch.decoded.items))
                try await storeOrSpill(batch)
            }
            held.acknowledge(batch.handles, bytes: batch.bytes)
        } catch {
            held.giveBack(batch.handles, bytes: batch.bytes)
        }
        metrics.heldBytes.set(Double(held.bytes))
    }

    private func storeOrSpill(_ batch: Batch) async throws {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        while true {
            if outage.admit() == .attempt {
                do {
                    let outcome = try await store.store(batch.messages, decoded: batch.decoded)
                    outage.succeeded()
                    deadLetters.isNotNeeded()
                    return try await keepAside(outcome.poison)
                } catch {
                    if FailureKind(error) == .stopping { throw error }
                    metrics.retries.increment()
                    if case .retry(let pause) = outage.failed(error) {
                        logger.warning("storing telemetry failed, trying again", metadata: [LogKey.error: "\(error)"])
                        try await Task.sleep(for: pause)
                        continue
                    }
                }
            }
            do {
                try await deadLetters.write(batch.messages, signal: signal, items: batch.decoded.items, reason: outage.lastError)
                metrics.spilled.increment(by: batch.messages.count)
                outage.spilled()
                return
            } catch {
                // Nothing is safe, so nothing is acknowledged: the bus keeps it, and fills up in the end.
                logger.error("neither the database nor the disk takes telemetry", metadata: [LogKey.error: "\(error)"])
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    /// Keeps messages that can never be stored in a file for a person to look at.
    private func keepAside(_ poison: [PoisonMessage]) async throws {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(5))
        for letter in poison {
            while true {
                do {
                    try await deadLetters.write([letter.message], signal: signal, items: 1, reason: letter.reason, aside: true)
                    break
                } catch {
                    logger.error("a message that cannot be stored cannot be set aside", metadata: [LogKey.error: "\(error)"])
                    try await Task.sleep(for: backoff.next())
                }
            }
            metrics.deadLettered(messages: 1)
            logger.error(
                "a message can never be stored and is aside",
                metadata: [LogKey.sequence: "\(letter.message.sequence)", LogKey.error: "\(letter.reason)"])
        }
    }

    private func keepAside(_ refusal: RefusalPublisher.Refusal) async throws {
        var message = refusal.original
        message.payload = refusal.payload
        try await keepAside([PoisonMessage(message: telemetry(message), reason: refusal.reason)])
    }
}

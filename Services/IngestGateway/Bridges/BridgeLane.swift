// Consumes one durable consumer for as long as there are bridges that need it.

import ArgusBus
import ArgusService
import ArgusShared
import Logging

/// Takes messages one after the other and answers each once its effect is on the bus.
struct BridgeLane: Sendable {
    private static let idle = Duration.milliseconds(200)
    private static let wait = Duration.seconds(1)
    private static let firstPause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(5)

    let handler: any BridgeHandler
    let configuration: ConfigurationStore
    let bus: Bus
    let metrics: BridgeMetrics
    let logger: Logger

    /// Works until the task is cancelled.
    func run() async {
        var mayExist = true
        var failures = 0
        while !Task.isCancelled {
            let bridges = handler.bridges
            guard configuration.isLoaded, let start = bridges.map(\.activeSince).min() else {
                if configuration.isLoaded, mayExist {
                    mayExist = !(await remove())
                }
                try? await Task.sleep(for: Self.idle)
                continue
            }
            mayExist = true
            do {
                try await consume(from: start)
                failures = 0
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                logger.warning(
                    "bridging is interrupted and begins again", metadata: ["lane": "\(handler.name)", LogKey.error: "\(error)"])
                try? await Task.sleep(for: Self.pause(after: failures))
            }
        }
    }

    /// Without bridges no consumer: what happens until the next bridge does not concern it.
    private func remove() async -> Bool {
        guard (try? await configuration.isCurrent()) == true, handler.bridges.isEmpty else { return false }
        return (try? await bus.deleteConsumer(stream: handler.consumer.stream, name: handler.consumer.name)) != nil
    }

    private func consume(from start: Timestamp) async throws {
        try await prepareStream()
        var definition = handler.consumer
        definition.startTime = start
        let consumer = try await bus.consume(definition, prefetch: definition.maximumUnacknowledged ?? 64)
        do {
            while !handler.bridges.isEmpty {
                for message in try await consumer.next(max: 1, wait: Self.wait) {
                    let takenAt = ContinuousClock.now
                    try await answer(message, await outcome(of: message, takenAt: takenAt), consumer)
                }
            }
        } catch {
            await release(consumer)
            throw error
        }
        await release(consumer)
    }

    /// Creates the stream if there is none: whose it is may have configured it otherwise.
    private func prepareStream() async throws {
        do throws(BusError) {
            _ = try await bus.streamInfo(handler.stream.name)
        } catch {
            guard error.code == .notFound else { throw error }
            try await bus.ensure(handler.stream)
        }
    }

    /// Gives back what was delivered meanwhile, so that other gateways need not wait for it.
    private func release(_ consumer: PullConsumer) async {
        await Task {
            let rest = try? await consumer.next(max: 64, wait: .milliseconds(1))
            for message in rest ?? [] { try? consumer.negativeAcknowledge(message) }
            await consumer.close()
        }.value
    }

    // MARK: One message

    private func outcome(of message: BusMessage, takenAt: ContinuousClock.Instant) async -> BridgeOutcome {
        if let schema = message.headers[HeaderName.schema], schema != Schema.current {
            return .unreadable("its schema \(schema) is not known")
        }
        do {
            let event = try BridgeEvent(message, source: handler.stream.name == Streams.observationName ? .workflow : .process)
            guard try await configuration.isCurrent() else {
                return .failed(PublishFailure(kind: .unavailable, message: "the configuration is being read"))
            }
            return await handler.handle(event, takenAt: takenAt)
        } catch let error as BusError {
            return .failed(PublishFailure(error))
        } catch is CancellationError {
            return .failed(.stopping)
        } catch {
            return .unreadable("\(error)")
        }
    }

    private func answer(_ message: BusMessage, _ outcome: BridgeOutcome, _ consumer: PullConsumer) async throws {
        switch outcome {
        case .done: try consumer.acknowledge(message)
        case .later(let delay): try consumer.negativeAcknowledge(message, delay: delay)
        case .abandoned: metrics.failed(.abandoned)
        case .failed(let failure):
            metrics.failed(.unavailable)
            let attempt = Int(clamping: message.metadata?.deliveryCount ?? 1)
            try consumer.negativeAcknowledge(message, delay: Task.isCancelled ? nil : Self.pause(after: attempt))
            guard attempt == 1 || attempt.isMultiple(of: 20), !Task.isCancelled else { return }
            logger.warning(
                "an event waits for the bus to take its alert events",
                metadata: [
                    LogKey.subject: "\(message.subject)", LogKey.error: "\(failure.cause ?? failure.message)", LogKey.attempt: "\(attempt)",
                ])
        case .unreadable(let reason):
            do {
                try await keep(message, reason: reason)
                try consumer.terminate(message, reason: "dead-lettered")
            } catch {
                try consumer.negativeAcknowledge(message, delay: Self.longestPause)
            }
        }
    }

    /// Dead-letters a message.
    private func keep(_ message: BusMessage, reason: String) async throws {
        var headers: MessageHeaders = [:]
        headers[HeaderName.schema] = message.headers[HeaderName.schema]
        headers[HeaderName.reason] = String(reason.map { $0.isNewline || $0 == "\0" ? " " : $0 }.prefix(1024))
        headers[HeaderName.originalSubject] = message.subject
        headers[HeaderName.originalSequence] = message.metadata.map { "\($0.streamSequence)" }
        let identifier = message.metadata.map { "\($0.stream).\($0.streamSequence)" } ?? Identifier.make()
        _ = try await bus.publish(
            message.payload, to: Subjects.deadLetters(service: ServiceName.ingestGateway, kind: "bridges"), headers: headers,
            messageID: "dead.\(handler.name).\(identifier)")
        metrics.failed(.unreadable)
        logger.error("an event was dead-lettered", metadata: [LogKey.subject: "\(message.subject)", LogKey.error: "\(reason)"])
    }

    private static func pause(after failures: Int) -> Duration {
        min(longestPause, firstPause * (1 << min(max(failures - 1, 0), 8)))
    }
}

extension BridgeEvent {
    /// Reads a message of one of the streams that bridges listen to.
    init(_ message: BusMessage, source: Bridge.Source) throws {
        let origin = Origin(
            stream: message.metadata?.stream ?? "", sequence: message.metadata?.streamSequence ?? 0, subject: message.subject,
            storedAt: message.metadata?.timestamp ?? Timestamp(milliseconds: 0))
        switch source {
        case .process: self.init(try ProcessEvent(parsing: message.payload), origin: origin)
        case .workflow: try self.init(observation: message.payload, origin: origin)
        }
    }
}

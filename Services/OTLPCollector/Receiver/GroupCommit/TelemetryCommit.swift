// Group commit: requests that arrive while messages are on their way travel together in the next one.

import ArgusService
import ArgusShared
import Logging
import Synchronization

/// Puts the requests of one signal on the bus.
///
/// A concatenation of export requests is an export request (that is how protobuf merges messages), so joining them costs a copy.
final class TelemetryCommit: Sendable {
    /// Called once with nil or with why a request is not on the bus.
    typealias Completion = @Sendable (ExportFailure?) -> Void

    private struct Entry: Sendable {
        var payload: [UInt8]
        var lease: ByteLease
        var completion: Completion
    }

    private struct State {
        var queue: ExportQueue<Entry>
        var isClosed = false
        /// The last message failed because the bus could not be reached.
        var isAway = false
    }

    private let subject: String
    private let publisher: any TelemetryPublisher
    private let metrics: ReceiverMetrics
    private let logger: Logger
    private let patience: Duration
    private let state: Mutex<State>

    init(
        subject: String, publisher: any TelemetryPublisher, rules: GroupCommitRules, patience: Duration = .seconds(5),
        metrics: ReceiverMetrics, logger: Logger
    ) {
        self.subject = subject
        self.publisher = publisher
        self.patience = patience
        self.metrics = metrics
        self.logger = logger
        state = Mutex(State(queue: ExportQueue(rules: rules)))
    }

    /// Adds a request of one or more parts, each an export request small enough for a message. The completion is called once, after all
    /// parts are on the bus or one of them failed.
    func commit(_ parts: [[UInt8]], lease: ByteLease, completion: @escaping Completion) {
        guard let first = parts.first else { return completion(nil) }
        if parts.count == 1 { return enqueue([Entry(payload: first, lease: lease, completion: completion)], completion) }
        let countdown = Countdown(parts.count, completion)
        enqueue(parts.map { Entry(payload: $0, lease: lease, completion: countdown.partEnded) }, completion)
    }

    /// Takes no more requests. Those it has are finished.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    private func enqueue(_ entries: [Entry], _ completion: Completion) {
        let limit = publisher.maximumMessage
        let (failure, message) = state.withLock { state -> (ExportFailure?, [Entry]?) in
            if state.isClosed { return (.stopping, nil) }
            // Requests wait through a short outage; in a longer one they are told at once.
            if state.isAway, !publisher.isAvailable {
                return (ExportFailure(kind: .busUnavailable, message: "the event bus cannot be reached"), nil)
            }
            for entry in entries { state.queue.append(entry, bytes: entry.payload.count) }
            return (nil, state.queue.next(maximumBytes: limit))
        }
        if let failure { return completion(failure) }
        if let message { launch(message) }
    }

    private func launch(_ entries: [Entry]) {
        Task { await publish(entries) }
        let limit = publisher.maximumMessage
        // One more may be due: parts of a large request fill several messages at once.
        while let message = state.withLock({ $0.queue.next(maximumBytes: limit) }) { Task { await publish(message) } }
    }

    private func publish(_ entries: [Entry]) async {
        var message = entries
        while true {
            let failure = await send(message)
            let limit = publisher.maximumMessage
            let (behind, next) = state.withLock { state -> ([Entry], [Entry]?) in
                state.queue.finished()
                state.isAway = failure?.kind == .busUnavailable
                // What waits behind would wait as long again, one message after the other.
                return (state.isAway ? state.queue.takeAll() : [], state.queue.next(maximumBytes: limit))
            }
            for entry in message { entry.completion(failure) }
            for entry in behind { entry.completion(failure) }
            guard let next else { return }
            message = next
        }
    }

    private func send(_ entries: [Entry]) async -> ExportFailure? {
        let payload = Self.joined(entries)
        let start = ContinuousClock.now
        let id = Identifier.make()
        var pause = Duration.milliseconds(50)
        while true {
            do throws(PublishProblem) {
                try await publisher.publish(
                    payload, to: subject, messageID: id, headers: [(HeaderName.traceparent, TraceContext.makeRoot().traceparent)])
                metrics.published(requests: entries.count, bytes: payload.count, duration: .now - start)
                return nil
            } catch {
                guard error.isRetriable, ContinuousClock.now - start + pause < patience, (try? await Task.sleep(for: pause)) != nil else {
                    metrics.publishFailures.increment()
                    logger.warning(
                        "telemetry was not taken by the bus",
                        metadata: ["requests": "\(entries.count)", "error": "\(error.failure.cause ?? error.failure.message)"])
                    return error.failure
                }
                pause = min(pause * 2, .milliseconds(500))
            }
        }
    }

    private static func joined(_ entries: [Entry]) -> [UInt8] {
        if entries.count == 1 { return entries[0].payload }
        var payload: [UInt8] = []
        payload.reserveCapacity(entries.reduce(0) { $0 + $1.payload.count })
        for entry in entries { payload += entry.payload }
        return payload
    }
}

/// Calls a completion once all parts have ended, with the first failure.
private final class Countdown: Sendable {
    private let state: Mutex<(remaining: Int, failure: ExportFailure?)>
    private let completion: TelemetryCommit.Completion

    init(_ count: Int, _ completion: @escaping TelemetryCommit.Completion) {
        state = Mutex((count, nil))
        self.completion = completion
    }

    @Sendable func partEnded(_ failure: ExportFailure?) {
        let (isLast, failure) = state.withLock { state in
            state.remaining -= 1
            state.failure = state.failure ?? failure
            return (state.remaining == 0, state.failure)
        }
        if isLast { completion(failure) }
    }
}

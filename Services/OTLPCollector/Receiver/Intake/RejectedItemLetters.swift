// Keeps what was rejected, for people to look at.

import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle
import Synchronization

/// Publishes rejected items as dead letters, besides the requests they came with.
///
/// The queue is bounded, and what finds no room is counted and forgotten: senders of rubbish never slow the others down.
final class RejectedItemLetters: Service, CustomStringConvertible {
    private struct Letter: Sendable {
        var letter: RejectedLetter
        var signal: ExportSignal
    }

    private static let maximumLetters = 1000
    /// One letter is one message, so this is also less than the bus takes at once.
    private static let maximumBytes = 6 << 20

    private let publisher: any TelemetryPublisher
    private let service: String
    private let metrics: ReceiverMetrics
    private let logger: Logger
    private let stream: AsyncStream<Letter>
    private let continuation: AsyncStream<Letter>.Continuation
    private let waitingBytes = Atomic<Int>(0)

    init(publisher: any TelemetryPublisher, service: String, metrics: ReceiverMetrics, logger: Logger) {
        self.publisher = publisher
        self.service = service
        self.metrics = metrics
        self.logger = logger
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumLetters))
    }

    /// What logs call it.
    var description: String { "rejected-items" }

    /// Adds what was rejected of a request, if there is room.
    func append(_ letter: RejectedLetter, _ signal: ExportSignal) {
        let size = letter.payload.count
        let hasRoom = waitingBytes.add(size, ordering: .relaxed).newValue <= Self.maximumBytes
        if hasRoom, case .enqueued = continuation.yield(Letter(letter: letter, signal: signal)) { return }
        waitingBytes.subtract(size, ordering: .relaxed)
        metrics.lettersDropped.increment()
    }

    /// Publishes until shutdown.
    func run() async throws {
        for await letter in stream.cancelOnGracefulShutdown() {
            waitingBytes.subtract(letter.letter.payload.count, ordering: .relaxed)
            await publish(letter)
        }
    }

    private func publish(_ letter: Letter) async {
        do {
            try await publisher.publish(
                letter.letter.payload, to: Subjects.deadLetters(service: service, kind: letter.signal.letterKind), messageID: nil,
                headers: [
                    (HeaderName.reason, letter.letter.reason), (HeaderName.originalSubject, letter.signal.subject ?? ""),
                    (HeaderName.traceparent, TraceContext.makeRoot().traceparent),
                ])
        } catch {
            metrics.lettersDropped.increment()
            logger.debug("a rejected item is not kept", metadata: ["error": "\(error.failure.cause ?? error.failure.message)"])
        }
    }
}

// Receives the answers to a service's calls.

import ArgusBus
import ArgusShared
import Logging
public import ServiceLifecycle
import Synchronization

/// Follows a subject of its own in the stream of calls. Answers that come while the connection is away are there when it is back.
public final class ReplyInbox: Service, CustomStringConvertible {
    /// Where answers go.
    let subject: String
    let pending = PendingCalls()
    private let bus: Bus
    private let logger: Logger
    private let listening = Mutex(false)

    /// Subjects of inboxes begin with this.
    static let subjectPrefix = "argus.chaos."

    init(bus: Bus, service: ChaosService, logger: Logger) {
        self.bus = bus
        self.logger = logger
        subject = Subjects.chaos(service: service.rawValue, operation: "replies.\(Identifier.make())")
    }

    /// What logs call it.
    public var description: String { "reply-inbox" }

    /// Whether answers can be received.
    var isListening: Bool { listening.withLock { $0 } }

    /// Receives until shutdown.
    public func run() async throws {
        try await ChaosBus.keepTrying("receive answers", logger: logger) {
            try await ChaosBus.ensureStreams(on: bus)
            let replies = try await bus.replay(stream: Streams.chaos.name, subject: subject, from: 1)
            listening.withLock { $0 = true }
            defer { listening.withLock { $0 = false } }
            while !Task.isShuttingDownGracefully {
                let messages = try await cancelWhenGracefulShutdown { try await replies.next(max: 256, wait: .seconds(30)) }
                for message in messages { take(message) }
            }
        }
    }

    private func take(_ message: BusMessage) {
        guard let correlation = message.headers[ChaosHeader.correlation], let answer = CallAnswer(parsing: message.payload) else {
            logger.warning("an answer that cannot be read")
            return
        }
        pending.resume(correlation, with: answer)
    }
}

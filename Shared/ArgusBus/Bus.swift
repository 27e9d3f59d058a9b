// The bus: JetStream for Swift concurrency.

public import Logging
import Synchronization

/// A connection to NATS that reconnects for ever.
///
/// Everything is safe to use from any task. No method blocks its thread. Every asynchronous method ends at its timeout at the latest, and
/// when its task is cancelled, with `BusError`.
public final class Bus: Sendable {
    /// Whether there is a connection.
    public enum Status: Sendable, Equatable {
        case connecting, connected, reconnecting, closed
    }

    /// Counters for a metrics endpoint.
    public struct Metrics: Sendable, Equatable {
        /// Connections made after the first.
        public var reconnects: UInt64
        /// Publishes and requests on their way.
        public var outstanding: Int
        /// Publishes and requests that wait because too many are on their way.
        public var waiting: Int
        /// Publishes and requests that were answered.
        public var answered: UInt64
        /// Publishes and requests that ended without an answer.
        public var unanswered: UInt64
        /// Messages that came to a full subscription.
        public var dropped: UInt64
    }

    let transport: Transport
    /// What the bus logs with.
    public let logger: Logger

    private init(transport: Transport, logger: Logger) {
        self.transport = transport
        self.logger = logger
    }

    deinit {
        transport.beginClosing(BusError(.closed, "the bus was released"))
    }

    /// Connects, trying again until `configuration.connectTimeout`.
    ///
    /// - Throws: `BusError`: `.disconnected`, `.permissionDenied` and `.invalidArgument` (both at once, without further attempts),
    ///   `.cancelled`.
    public static func connect(_ configuration: BusConfiguration, logger: Logger) async throws(BusError) -> Bus {
        let transport = Transport(configuration: configuration, logger: logger)
        try await transport.connect()
        return Bus(transport: transport, logger: logger)
    }

    /// Whether there is a connection. Cheap.
    public var status: Status { transport.status }

    /// The status now and at every change, until closed.
    public func statusUpdates() -> AsyncStream<Status> { transport.statusUpdates() }

    /// Bytes that one message may have, headers included.
    public var maximumPayload: Int { transport.maximumPayload }

    /// Counters of this connection.
    public var metrics: Metrics {
        let counts = transport.exchanges.counts
        let sessions = transport.sessionCount
        return Metrics(
            reconnects: sessions > 0 ? sessions - 1 : 0, outstanding: counts.active, waiting: counts.waiting, answered: counts.succeeded,
            unanswered: counts.failed, dropped: transport.dropped.load(ordering: .relaxed))
    }

    // MARK: Core NATS

    /// Sends a message without any acknowledgement. Does not block.
    ///
    /// - Throws: `BusError`: `.disconnected` at once when there is no connection, `.slowConsumer` when too much waits to be written,
    ///   `.payloadTooLarge`, `.invalidArgument`, `.closed`.
    public func send(_ payload: [UInt8], to subject: String, reply: String? = nil, headers: MessageHeaders = [:]) throws(BusError) {
        try transport.send(subject: subject, reply: reply, headers: headers, payload: payload)
    }

    /// Sends a request and returns the first answer.
    ///
    /// - Throws: `BusError`: `.noResponders`, `.timeout`, `.disconnected`, `.payloadTooLarge`, `.permissionDenied`, `.cancelled`, `.closed`.
    public func request(
        _ payload: [UInt8], to subject: String, headers: MessageHeaders = [:], timeout: Duration = .seconds(5)
    ) async throws(BusError) -> BusMessage {
        let answer = try await transport.exchange(
            Exchanges.Request(subject: subject, headers: headers, payload: payload, resends: false, timeout: timeout))
        if answer.status == 503 { throw BusError(.noResponders, "nobody answers on \(subject)") }
        return answer
    }

    /// Receives the messages of a subject (which may have wildcards), shared with the members of `queue` if there is one.
    ///
    /// - Parameter capacity: Messages kept for a slow reader; what comes on top is dropped and counted.
    public func subscribe(to subject: String, queue: String? = nil, capacity: Int) -> Subscription {
        let (stream, continuation) = AsyncStream.makeStream(of: BusMessage.self, bufferingPolicy: .bufferingOldest(max(1, capacity)))
        let id = transport.nextNumber()
        let counter = DropCounter()
        let transport = transport
        let logger = logger
        continuation.onTermination = { [weak transport] _ in
            transport?.removeRoute(id)
            transport?.removeObserver(id)
        }
        transport.observe(id) { event in
            switch event {
            case .closed: continuation.finish()
            case .permissionDenied(let denied, _) where denied == subject: continuation.finish()
            default: break
            }
        }
        transport.add(
            Route(id: id, subject: subject, queue: queue) { [weak transport] message in
                guard case .dropped = continuation.yield(message) else { return }
                transport?.dropped.wrappingAdd(1, ordering: .relaxed)
                if counter.value.wrappingAdd(1, ordering: .relaxed).newValue == 1 {
                    logger.warning("bus: a slow reader lost messages", metadata: ["subject": "\(subject)"])
                }
            })
        if transport.status == .closed { continuation.finish() }
        return Subscription(stream: stream, counter: counter) { continuation.finish() }
    }

    /// Returns when the server has read everything that was sent before.
    public func flush(timeout: Duration = .seconds(5)) async throws(BusError) {
        try await transport.flush(timeout: timeout)
    }

    /// Ends in good order: refuses new work, waits for outstanding answers up to `timeout`, ends consumers, closes the connection.
    public func drain(timeout: Duration = .seconds(10)) async {
        await transport.drain(timeout: timeout)
    }
}

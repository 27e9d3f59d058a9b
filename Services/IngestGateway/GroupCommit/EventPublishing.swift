// What the batcher needs of a bus, and how a bus can fail it.

/// Puts messages of events on the bus.
protocol EventPublishing: Sendable {
    /// Whether the bus can be reached right now; cheap.
    var isAvailable: Bool { get }

    /// Publishes one message and waits until it is acknowledged.
    ///
    /// - Parameters:
    ///   - payload: Newline-delimited events.
    ///   - messageID: The same for each attempt, so that a repeated message counts once.
    ///   - traceparent: The trace of the request that brought the message's first event, if it named one.
    func publish(_ payload: [UInt8], partition: Int, messageID: String, traceparent: String?) async throws(PublishFailure)
}

/// Why events were not taken.
struct PublishFailure: Error, Equatable {
    /// What the client is told.
    enum Kind: String, Sendable, CaseIterable {
        /// The bus cannot be reached or does not answer.
        case unavailable
        /// The bus refuses because its stream is full.
        case streamFull = "stream_full"
        /// Too many events wait for the bus already.
        case queueFull = "queue_full"
        /// This gateway is stopping.
        case stopping
        /// The bus refuses for a reason that a repetition does not change.
        case refused
    }

    var kind: Kind
    var message: String
    /// Whether the same message may succeed when sent again at once.
    var isRetriable = false
    /// What the bus said; for logs, not for clients.
    var cause: String?

    static let queueFull = PublishFailure(kind: .queueFull, message: "too many events are waiting for the event bus")
    static let stopping = PublishFailure(kind: .stopping, message: "the gateway is stopping")
}

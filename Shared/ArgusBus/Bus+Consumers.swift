// Opening consumers.

public import ArgusShared

extension Bus {
    /// Makes sure that a durable consumer exists and receives its messages.
    ///
    /// - Parameters:
    ///   - prefetch: Messages that may be here or on their way before they are taken with `next`.
    ///   - prefetchBytes: Bytes of such messages; nil is the configuration's `pendingBytes`. One message may always be here, however large.
    public func consume(
        _ definition: ConsumerDefinition, prefetch: Int = 512, prefetchBytes: Int? = nil
    ) async throws(BusError) -> PullConsumer {
        try await ensure(definition)
        let engine = PullEngine(
            transport: transport, stream: definition.stream, durable: definition.name, prefetch: prefetch, prefetchBytes: prefetchBytes)
        try await engine.start()
        return PullConsumer(engine: engine, transport: transport)
    }

    /// Reads a stream (or one subject of it, which may have wildcards) in order from a sequence on, and follows it.
    ///
    /// - Parameters:
    ///   - sequence: The first sequence wanted. If it is gone, the replay begins at the first there is; see the messages' metadata.
    ///   - prefetch: Messages that may be here or on their way before they are taken with `next`.
    public func replay(
        stream: String, subject: String? = nil, from sequence: UInt64, prefetch: Int = 512
    ) async throws(BusError) -> OrderedConsumer {
        let ordered = OrderedConsumption(start: .sequence(sequence), filterSubject: subject)
        let engine = PullEngine(transport: transport, stream: stream, ordered: ordered, prefetch: prefetch)
        let pending = try await engine.start()
        return OrderedConsumer(engine: engine, initiallyPending: pending)
    }
}

// A stream's messages in order, without gaps, from a given place on.

/// An ordered replay that follows the stream. Usable from several tasks, though then their order is theirs to keep.
///
/// Neither a lost connection nor a restarted server makes a gap or a repetition: the consumer at the server is made anew after the last
/// message received. Messages that were purged or that expired are skipped.
public final class OrderedConsumer: Sendable {
    private let engine: PullEngine
    /// Messages that were in the stream when the consumer was made.
    public let initiallyPending: UInt64

    init(engine: PullEngine, initiallyPending: UInt64) {
        self.engine = engine
        self.initiallyPending = initiallyPending
    }

    deinit {
        engine.closeInBackground()
    }

    /// What is there, up to `max` messages and `maxBytes` bytes (but at least one message), as soon as there is one; nothing after `wait`.
    ///
    /// - Throws: `BusError`: `.cancelled`, `.closed`, `.notFound` when the stream was deleted, `.permissionDenied`, `.protocolViolation`
    ///   when the stream holds other messages than before (it was deleted and made anew, or restored from a backup).
    public func next(max: Int, wait: Duration, maxBytes: Int? = nil) async throws(BusError) -> [BusMessage] {
        try await engine.next(maximum: max, wait: wait, maximumBytes: maxBytes ?? .max)
    }

    /// How many times the consumer had to be made anew.
    public var recoveries: Int { engine.recoveries }

    /// Stops receiving and deletes the consumer at the server.
    public func close() async {
        await engine.close()
    }
}

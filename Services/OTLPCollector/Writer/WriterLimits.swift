// The bounds of a writer.

/// How much a writer takes at a time, and how much it may hold.
///
/// Held at most: `prefetchBytes` taken from the bus, and three batches of `bytes` (one gathered, one decoded, one written), each of which
/// may exceed its bound by one message.
struct WriterLimits: Sendable {
    /// Spans or log records wanted in a transaction.
    var items = 4096
    /// Messages in a transaction, and as many that wait to be taken.
    var messages = 1024
    /// Bytes of messages in a transaction, unless a single one has more.
    var bytes = 4 << 20
    /// How long the first message of a batch waits for others.
    var linger: Duration = .milliseconds(200)
    /// Bytes of messages that wait to be taken. Room for two requests of the largest message.
    var prefetchBytes = 17 << 20
}

// What a batch could not take.

/// Telemetry that is not stored, for the dead letters.
struct RejectedItem: Sendable, Hashable {
    enum Kind: String, Sendable, Hashable {
        /// One span; the rest of its message is in the batch.
        case span
        /// A whole message that is not well formed: nothing of it is in the batch.
        case message
        /// A message that is well formed with so many invalid spans that they are not listed one by one; its valid spans are in the batch.
        case remainder
    }

    var signal: OTLPSignal
    var kind: Kind
    /// Index in the messages given to `decode`.
    var message: Int
    var sequence: UInt64
    /// When the stream stored the message, in unix nanoseconds.
    var published: Int64
    /// What is wrong with it, for people.
    var reason: String
    /// An export request: with the one span in its resource and scope, or the whole message.
    var payload: [UInt8]
}

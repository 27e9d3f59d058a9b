// What a batch could not take.

/// Telemetry that is not stored, for the dead letters.
struct RejectedItem: Sendable, Hashable {
    enum Kind: String, Sendable, Hashable {
        /// Invalid spans of a message; the rest of it is in the batch.
        case span
        /// A whole message that is not well formed: nothing of it is in the batch.
        case message
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
    /// An export request: with only those spans, in their resources and scopes, or the whole message.
    var payload: [UInt8]
    /// How many spans; 1 for a message.
    var count = 1
}

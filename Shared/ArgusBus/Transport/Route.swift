// A subscription as the transport keeps it across connections.

/// What is subscribed on every session until it is removed.
struct Route: Sendable {
    let id: UInt64
    let subject: String
    let queue: String?
    /// Called on a thread of the library, one message after the other. Must not block.
    let receive: @Sendable (BusMessage) -> Void
}

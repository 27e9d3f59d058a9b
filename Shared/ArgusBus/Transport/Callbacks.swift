// Where the C library's callbacks find what they are for.

import Synchronization

/// Handlers by number.
///
/// The closure pointer that libnats hands back is such a number, not an address: the library calls some of its callbacks late (connection
/// events come after `natsConnection_Destroy`), and a number that is no longer registered is simply ignored.
final class Callbacks<Handler: Sendable>: Sendable {
    private struct State {
        var handlers: [UInt: Handler] = [:]
        var last: UInt = 0
    }

    private let state = Mutex(State())

    /// Registers a handler; the result is the closure to give to the library.
    func add(_ handler: Handler) -> UnsafeMutableRawPointer? {
        state.withLock { state in
            state.last += 1
            state.handlers[state.last] = handler
            return UnsafeMutableRawPointer(bitPattern: state.last)
        }
    }

    /// The handler behind a closure.
    func handler(for closure: UnsafeMutableRawPointer?) -> Handler? {
        state.withLock { $0.handlers[UInt(bitPattern: closure)] }
    }

    /// Forgets a handler.
    func remove(_ closure: UnsafeMutableRawPointer?) {
        state.withLock { _ = $0.handlers.removeValue(forKey: UInt(bitPattern: closure)) }
    }
}

/// What libnats tells about a connection.
struct ConnectionHandler: Sendable {
    var closed: @Sendable () -> Void
    var failed: @Sendable (BusError) -> Void
}

/// Handlers of all connections of this process.
let connectionCallbacks = Callbacks<ConnectionHandler>()
/// What gets the messages of all subscriptions of this process.
let subscriptionCallbacks = Callbacks<@Sendable (BusMessage) -> Void>()

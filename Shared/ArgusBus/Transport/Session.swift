// One connection to one server, from connecting to its loss.

import CNats
import Synchronization

/// A libnats connection that does not reconnect by itself.
///
/// The transport opens a new session after each loss. That way nothing is hidden in the library's reconnect buffer, a server that closes
/// us for whatever reason (libnats gives up for good after most `-ERR`) is reconnected too, and a half-written message ends the session.
///
/// A session lives at least until libnats has reported the end of the connection, and as long as anybody uses it; its handles are freed in
/// `deinit`. The library's thread that reads the socket ends before that report. That matters for the subscriptions: while it hands a message
/// over, that thread uses the subscription without holding a reference (before libnats 3.6.1, upstream issue 637), so one that is destroyed
/// earlier may be written to after it was freed.
///
/// `@unchecked Sendable`: libnats documents its connections and subscriptions as thread-safe (README, "The library is thread-safe"); the
/// handles are constant or behind the mutex.
final class Session: @unchecked Sendable {
    private struct State {
        var subscriptions: [UInt64: Subscription] = [:]
        var unsubscribed: [Unsubscribed] = []
        var isClosed = false
        var onClosed: (@Sendable () -> Void)?
        /// The session itself, until the connection has ended.
        var session: Session?
    }

    /// `@unchecked Sendable`: see `Session`.
    private struct Subscription: @unchecked Sendable {
        let handle: OpaquePointer
    }

    /// A subscription that the library's reading thread may still be using.
    private struct Unsubscribed {
        let subscription: Subscription
        /// How many messages that thread had begun to hand over when it could no longer find the subscription; nil if unknown.
        let received: UInt64?
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    /// The largest payload, headers included, that this server takes.
    let maximumPayload: Int
    private let connection: OpaquePointer
    private let box: Box

    /// Connects to one of the configured servers. Blocks.
    static func open(
        _ configuration: BusConfiguration, onError: @escaping @Sendable (BusError) -> Void
    ) throws(BusError) -> Session {
        let box = Box()
        let closure = connectionCallbacks.add(
            ConnectionHandler(
                closed: {
                    let (onClosed, session) = box.state.withLock { state in
                        state.isClosed = true
                        defer { (state.onClosed, state.session) = (nil, nil) }
                        return (state.onClosed, state.session)
                    }
                    withExtendedLifetime(session) { onClosed?() }
                }, failed: onError))
        do throws(BusError) {
            let options = try ConnectionOptions()
            try options.apply(configuration)
            options.setCallbacks(closure: closure)
            var connection: OpaquePointer?
            let status = natsConnection_Connect(&connection, options.pointer)
            guard status == NATS_OK, let connection else { throw ConnectionOptions.error(status, connecting: configuration) }
            let session = Session(connection, box)
            box.state.withLock { state in
                if !state.isClosed { state.session = session }
            }
            return session
        } catch {
            connectionCallbacks.remove(closure)
            throw error
        }
    }

    private init(_ connection: OpaquePointer, _ box: Box) {
        self.connection = connection
        self.box = box
        maximumPayload = Int(natsConnection_GetMaxPayload(connection))
    }

    deinit {
        let subscriptions = box.state.withLock { Array($0.subscriptions.values) + $0.unsubscribed.map(\.subscription) }
        for subscription in subscriptions { natsSubscription_Destroy(subscription.handle) }
        natsConnection_Destroy(connection)
    }

    /// Whether libnats reported the end of the connection.
    var isClosed: Bool {
        box.state.withLock { $0.isClosed }
    }

    /// Calls `body` when the connection ends, at once if it did already.
    func onClosed(_ body: @escaping @Sendable () -> Void) {
        let isClosed = box.state.withLock { state in
            if !state.isClosed { state.onClosed = body }
            return state.isClosed
        }
        if isClosed { body() }
    }

    // MARK: Writing

    /// Writes one message to the socket. May block for the configured write timeout.
    ///
    /// nil on success. `.payloadTooLarge` and `.invalidArgument` concern this message only; after any other error the connection is of no
    /// use any more and the caller must `shutDown`.
    func publish(subject: String, reply: String?, headers: MessageHeaders, payload: [UInt8]) -> BusError? {
        let status = payload.withUnsafeBytes { bytes -> natsStatus in
            let data = bytes.baseAddress
            let count = Int32(clamping: bytes.count)
            guard !headers.isEmpty else {
                guard let reply else { return natsConnection_Publish(connection, subject, data, count) }
                return natsConnection_PublishRequest(connection, subject, reply, data, count)
            }
            var message: OpaquePointer?
            var status = natsMsg_Create(&message, subject, reply, data?.assumingMemoryBound(to: CChar.self), count)
            defer { natsMsg_Destroy(message) }
            for (name, value) in headers where status == NATS_OK { status = natsMsgHeader_Set(message, name, value) }
            return status == NATS_OK ? natsConnection_PublishMsg(connection, message) : status
        }
        switch status {
        case NATS_OK: return nil
        case NATS_MAX_PAYLOAD: return BusError(.payloadTooLarge, "\(payload.count) bytes to \(subject); the server takes \(maximumPayload)")
        case NATS_INVALID_ARG, NATS_INVALID_SUBJECT: return BusError(.invalidArgument, "the subject \(subject) or a header is not valid")
        default: return BusError(.disconnected, "writing to \(subject): \(String(cString: natsStatus_GetText(status)))")
        }
    }

    /// Waits until the server has read everything written so far. Blocks up to `timeout`.
    func flush(timeout: Duration) throws(BusError) {
        let status = natsConnection_FlushTimeout(connection, max(1, timeout.milliseconds))
        guard status == NATS_OK else {
            throw BusError(status == NATS_TIMEOUT ? .timeout : .disconnected, "flush: \(String(cString: natsStatus_GetText(status)))")
        }
    }

    /// The permission violation that the server reported last, if that was the last error.
    var permissionViolation: String? {
        var text: UnsafePointer<CChar>?
        guard natsConnection_GetLastError(connection, &text) == NATS_NOT_PERMITTED, let text else { return nil }
        return String(cString: text)
    }

    // MARK: Subscriptions

    /// The routes that are subscribed.
    var subscribedRoutes: Set<UInt64> {
        box.state.withLock { Set($0.subscriptions.keys) }
    }

    /// Subscribes a route. May block as `publish` does.
    func subscribe(_ route: Route) throws(BusError) {
        let closure = subscriptionCallbacks.add(route.receive)
        var subscription: OpaquePointer?
        let status =
            route.queue.map { natsConnection_QueueSubscribe(&subscription, connection, route.subject, $0, messageReceived, closure) }
            ?? natsConnection_Subscribe(&subscription, connection, route.subject, messageReceived, closure)
        guard status == NATS_OK, let subscription else {
            subscriptionCallbacks.remove(closure)
            throw BusError(.invalidArgument, "subscribing to \(route.subject): \(String(cString: natsStatus_GetText(status)))")
        }
        box.state.withLock { $0.subscriptions[route.id] = Subscription(handle: subscription) }
        // Our own bounds hold: the credit of pull requests, or the buffer of the subscription.
        natsSubscription_SetPendingLimits(subscription, -1, -1)
        // Fails if the connection was closed meanwhile: no completion will come.
        let completion = natsSubscription_SetOnCompleteCB(subscription, subscriptionCompleted, closure)
        if completion != NATS_OK { subscriptionCallbacks.remove(closure) }
    }

    /// Ends a subscription. May block as `publish` does.
    func unsubscribe(_ routeID: UInt64) {
        guard let subscription = box.state.withLock({ $0.subscriptions.removeValue(forKey: routeID) }) else { return }
        natsSubscription_Unsubscribe(subscription.handle)
        let received = receivedMessages
        let unused = box.state.withLock { state in
            let unused = state.unsubscribed.filter { Self.isUnused($0, received) }
            state.unsubscribed.removeAll { Self.isUnused($0, received) }
            state.unsubscribed.append(Unsubscribed(subscription: subscription, received: received))
            return unused.map(\.subscription)
        }
        for subscription in unused { natsSubscription_Destroy(subscription.handle) }
    }

    /// Whether the reading thread has gone on to a message that came after the end of the subscription.
    private static func isUnused(_ old: Unsubscribed, _ received: UInt64?) -> Bool {
        guard let before = old.received, let received else { return false }
        return received > before
    }

    /// How many messages the reading thread has begun to hand over; nil if there is no memory to ask.
    private var receivedMessages: UInt64? {
        var statistics: OpaquePointer?
        guard natsStatistics_Create(&statistics) == NATS_OK else { return nil }
        defer { natsStatistics_Destroy(statistics) }
        var count: UInt64 = 0
        let isKnown =
            natsConnection_GetStats(connection, statistics) == NATS_OK
            && natsStatistics_GetCounts(statistics, &count, nil, nil, nil, nil) == NATS_OK
        return isKnown ? count : nil
    }

    // MARK: The end

    /// Closes the connection; `onClosed` follows. Blocks.
    func shutDown() {
        natsConnection_Close(connection)
    }
}

private func messageReceived(
    _ connection: OpaquePointer?, _ subscription: OpaquePointer?, _ message: OpaquePointer?, _ closure: UnsafeMutableRawPointer?
) {
    guard let message else { return }
    defer { natsMsg_Destroy(message) }
    subscriptionCallbacks.handler(for: closure)?(BusMessage(copying: message))
}

private func subscriptionCompleted(_ closure: UnsafeMutableRawPointer?) {
    subscriptionCallbacks.remove(closure)
}

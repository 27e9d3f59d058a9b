// Keeps a connection to the bus: opens sessions one after the other and moves what the rest of the module sends and receives.

import ArgusShared
import Dispatch
import Logging
import Synchronization

/// The connection as the rest of the module sees it: always there, sometimes not connected.
final class Transport: Sendable {
    /// What consumers need to react to.
    enum Event: Sendable {
        case connected
        case disconnected
        case permissionDenied(subject: String, text: String)
        case tick(ContinuousClock.Instant)
        case closed
    }

    private struct State {
        var status = Bus.Status.connecting
        var session: Session?
        var routes: [UInt64: Route] = [:]
        var observers: [UInt64: @Sendable (Event) -> Void] = [:]
        var statusStreams: [UInt64: AsyncStream<Bus.Status>.Continuation] = [:]
        var firstConnection: [CheckedContinuation<Result<Void, BusError>, Never>] = []
        var connectDeadline: ContinuousClock.Instant?
        var everConnected = false
        var failedAttempts = 0
        var sessions: UInt64 = 0
        var timer: RepeatingTimer?
        var closeWaiters: [@Sendable () -> Void] = []
        var lastFailure: BusError?
    }

    let configuration: BusConfiguration
    let logger: Logger
    /// The subjects below this one are ours alone.
    let inbox: String
    let dropped = Atomic<UInt64>(0)
    private let payloadLimit = Atomic<Int>(1 << 20)
    private let numbers = Atomic<UInt64>(0)
    private let state = Mutex(State())
    private let control = DispatchQueue(label: "argus.bus.control")
    private let parts: Parts

    /// The parts that call back into the transport.
    private final class Parts: Sendable {
        let exchanges: Exchanges
        let writer: Writer

        init(configuration: BusConfiguration, write: @escaping @Sendable (Writer.Item) -> Void) {
            let writer = Writer(maximumBytes: configuration.sendQueueBytes, write: write)
            self.writer = writer
            exchanges = Exchanges(limit: configuration.maximumOutstandingPublishes) { writer.enqueue(.exchange($0)) }
        }
    }

    private final class WeakTransport: Sendable {
        private let reference = Mutex<WeakReference>(WeakReference())

        struct WeakReference { weak var value: Transport? }

        var transport: Transport? {
            get { reference.withLock { $0.value } }
            set { reference.withLock { $0.value = newValue } }
        }
    }

    var exchanges: Exchanges { parts.exchanges }
    private var writer: Writer { parts.writer }

    init(configuration: BusConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        inbox = configuration.inboxPrefix + "." + Identifier.make().filter { $0 != "-" }
        let link = WeakTransport()
        parts = Parts(configuration: configuration) { item in link.transport?.write(item) }
        link.transport = self
    }

    // MARK: Connecting

    /// Starts to connect and returns when connected for the first time.
    func connect() async throws(BusError) {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.firstConnection.append(continuation)
                    state.connectDeadline = configuration.connectTimeout.map { ContinuousClock.now + $0 }
                }
                startTimer()
                control.async { self.attempt() }
                if Task.isCancelled { giveUpConnecting(BusError(.cancelled, "the task was cancelled while connecting")) }
            }
        } onCancel: {
            giveUpConnecting(BusError(.cancelled, "the task was cancelled while connecting"))
        }
        if case .failure(let error) = outcome { await close(error) }
        try outcome.get()
    }

    private func giveUpConnecting(_ error: BusError) {
        let waiters = state.withLock { state in
            defer { state.firstConnection = [] }
            return state.firstConnection
        }
        for waiter in waiters { waiter.resume(returning: .failure(error)) }
    }

    /// One round over all servers. Runs on the control queue, which it blocks.
    private func attempt() {
        guard status != .closed else { return }
        do throws(BusError) {
            let session = try Session.open(configuration) { [weak self] in self?.serverReported($0) }
            do throws(BusError) {
                try session.subscribe(Route(id: 0, subject: inbox + ".r.*", queue: nil) { [weak self] in self?.answered($0) })
                try session.flush(timeout: configuration.attemptTimeout)
                if let violation = session.permissionViolation {
                    throw BusError(.permissionDenied, "answers cannot be received on \(inbox): \(violation)")
                }
            } catch {
                session.shutDown()
                throw error
            }
            state.withLock { $0.failedAttempts = 0 }
            writer.enqueue(.work { self.install(session) })
        } catch {
            attemptFailed(error)
        }
    }

    private func attemptFailed(_ error: BusError) {
        let (attempts, gaveUp) = state.withLock { state -> (Int, Bool) in
            state.failedAttempts += 1
            state.lastFailure = error
            guard !state.everConnected else { return (state.failedAttempts, false) }
            let overdue = state.connectDeadline.map { $0 <= ContinuousClock.now } ?? false
            return (state.failedAttempts, overdue || error.code == .invalidArgument || error.code == .permissionDenied)
        }
        if gaveUp { return giveUpConnecting(error) }
        logger.log(
            level: attempts == 1 ? .warning : .debug, "bus: not connected", metadata: ["error": "\(error)", "attempt": "\(attempts)"])
        let ceiling = max(10, configuration.maximumReconnectDelay.milliseconds)
        let delay = min(ceiling, 20 << Int64(min(attempts, 10)))
        control.asyncAfter(deadline: .now() + .milliseconds(Int(delay / 2 + .random(in: 0...(delay / 2))))) { [weak self] in self?.attempt()
        }
    }

    /// Makes a session the current one. Runs on the writer's queue, so that its routes are subscribed before anything else is written.
    private func install(_ session: Session) {
        let (installed, waiters, isFirst) = state.withLock { state -> (Bool, [CheckedContinuation<Result<Void, BusError>, Never>], Bool) in
            guard state.status != .closed else { return (false, [], false) }
            state.session = session
            state.sessions += 1
            defer { (state.firstConnection, state.everConnected) = ([], true) }
            return (true, state.firstConnection, !state.everConnected)
        }
        session.onClosed { self.ended(session) }
        guard installed else { return control.async { session.shutDown() } }
        payloadLimit.store(session.maximumPayload, ordering: .relaxed)
        reconcile()
        setStatus(.connected, if: { $0 != .closed })
        logger.log(level: isFirst ? .debug : .notice, "bus: \(isFirst ? "connected" : "connected again")")
        exchanges.connectionReady()
        notify(.connected)
        for waiter in waiters { waiter.resume(returning: .success(())) }
    }

    /// The session is over, however that came.
    private func ended(_ session: Session) {
        let (wasCurrent, isClosing) = state.withLock { state -> (Bool, Bool) in
            let wasCurrent = state.session === session
            if wasCurrent { state.session = nil }
            return (wasCurrent, state.status == .closed)
        }
        guard !isClosing else { return finishClosing() }
        guard wasCurrent else { return }
        setStatus(.reconnecting, if: { $0 != .closed })
        logger.warning("bus: connection lost")
        exchanges.connectionLost()
        notify(.disconnected)
        control.async { self.attempt() }
    }

    private func serverReported(_ error: BusError) {
        logger.error("bus: the server reported an error", metadata: ["error": "\(error)"])
        guard error.code == .permissionDenied else { return }
        let subject = error.message.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first.map(String.init)
        exchanges.permissionDenied(subject: subject, error.message)
        if let subject { notify(.permissionDenied(subject: subject, text: error.message)) }
    }

    // MARK: Writing and receiving

    /// Runs on the writer's queue.
    private func write(_ item: Writer.Item) {
        let session = state.withLock { $0.session }
        switch item {
        case .work(let work): work()
        case .message(let subject, let reply, let headers, let payload):
            guard let session else { return }
            if let error = session.publish(subject: subject, reply: reply, headers: headers, payload: payload) { failed(session, error) }
        case .exchange(let number):
            // Without a connection the exchange stays queued: `connectionReady` brings it back here.
            guard let session, let request = exchanges.takeForWriting(number) else { return }
            let reply = "\(inbox).r.\(number)"
            let error = session.publish(subject: request.subject, reply: reply, headers: request.headers, payload: request.payload)
            guard let error else { return }
            if error.code != .disconnected { exchanges.finish(number, .failure(error)) }
            failed(session, error)
        }
    }

    private func failed(_ session: Session, _ error: BusError) {
        guard error.code == .disconnected else { return }
        let isCurrent = state.withLock { $0.session === session }
        guard isCurrent, !session.isClosed else { return }
        logger.warning("bus: giving the connection up", metadata: ["error": "\(error)"])
        control.async { session.shutDown() }
    }

    private func answered(_ message: BusMessage) {
        guard let token = message.subject.split(separator: ".").last, let number = UInt64(token) else { return }
        exchanges.finish(number, .success(message))
    }

    /// Sends a request and awaits its one answer.
    func exchange(_ request: Exchanges.Request) async throws(BusError) -> BusMessage {
        try Self.validate(subject: request.subject)
        try request.headers.validate()
        let size = request.payload.count + request.headers.encodedSize
        guard size <= maximumPayload else {
            throw BusError(.payloadTooLarge, "\(size) bytes to \(request.subject); the server takes \(maximumPayload)")
        }
        return try await exchanges.run(request)
    }

    /// Sends without an answer. Never blocks.
    func send(subject: String, reply: String? = nil, headers: MessageHeaders = [:], payload: [UInt8]) throws(BusError) {
        try Self.validate(subject: subject)
        try headers.validate()
        let size = payload.count + headers.encodedSize
        guard size <= maximumPayload else {
            throw BusError(.payloadTooLarge, "\(size) bytes to \(subject); the server takes \(maximumPayload)")
        }
        switch status {
        case .connected: break
        case .closed: throw BusError(.closed, "the bus is closed")
        case .connecting, .reconnecting: throw BusError(.disconnected, "not connected; nothing was sent to \(subject)")
        }
        guard writer.enqueue(.message(subject: subject, reply: reply, headers: headers, payload: payload)) else {
            throw BusError(.slowConsumer, "the queue of messages to be written is full; nothing was sent to \(subject)")
        }
    }

    private static func validate(subject: String) throws(BusError) {
        let bytes = subject.utf8
        // The name of a filtered consumer's creation ends with the filter, wildcards and all.
        let mayHaveWildcards = subject.hasPrefix("$JS.API.CONSUMER.")
        let isValid =
            !bytes.isEmpty && bytes.first != UInt8(ascii: ".") && bytes.last != UInt8(ascii: ".") && !subject.contains("..")
            && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F && (mayHaveWildcards || $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: ">")) }
        guard isValid else { throw BusError(.invalidArgument, "\"\(subject)\" is not a subject to publish to") }
    }

    /// Returns when the server has read everything that was sent before.
    func flush(timeout: Duration) async throws(BusError) {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, BusError>, Never>) in
            writer.enqueue(
                .work {
                    self.control.async {
                        guard let session = self.state.withLock({ $0.session }) else {
                            return continuation.resume(returning: .failure(BusError(.disconnected, "not connected")))
                        }
                        do throws(BusError) {
                            try session.flush(timeout: timeout)
                            continuation.resume(returning: .success(()))
                        } catch {
                            continuation.resume(returning: .failure(error))
                        }
                    }
                })
        }
        try outcome.get()
    }

    // MARK: Routes and observers

    /// A number that this transport never gives again.
    func nextNumber() -> UInt64 {
        numbers.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Subscribes on this and every later session.
    func add(_ route: Route) {
        state.withLock { $0.routes[route.id] = route }
        writer.enqueue(.work { [weak self] in self?.reconcile() })
    }

    /// Ends a route's subscription.
    func removeRoute(_ id: UInt64) {
        state.withLock { _ = $0.routes.removeValue(forKey: id) }
        writer.enqueue(.work { [weak self] in self?.reconcile() })
    }

    /// Makes the session's subscriptions those of the routes. Runs on the writer's queue.
    private func reconcile() {
        let (session, routes) = state.withLock { ($0.session, $0.routes) }
        guard let session else { return }
        let subscribed = session.subscribedRoutes
        for id in subscribed where id != 0 && routes[id] == nil { session.unsubscribe(id) }
        for (id, route) in routes where !subscribed.contains(id) {
            do throws(BusError) {
                try session.subscribe(route)
            } catch {
                logger.error("bus: cannot subscribe", metadata: ["subject": "\(route.subject)", "error": "\(error)"])
            }
        }
    }

    /// Calls `body` with every event until it is removed. It must not block.
    func observe(_ id: UInt64, _ body: @escaping @Sendable (Event) -> Void) {
        state.withLock { $0.observers[id] = body }
    }

    /// Ends an observation.
    func removeObserver(_ id: UInt64) {
        state.withLock { _ = $0.observers.removeValue(forKey: id) }
    }

    private func notify(_ event: Event) {
        for observer in state.withLock({ Array($0.observers.values) }) { observer(event) }
    }

    private func startTimer() {
        let timer = RepeatingTimer(every: 20) { [weak self] in self?.tick() }
        state.withLock { $0.timer = timer }
    }

    private func tick() {
        let now = ContinuousClock.now
        exchanges.sweep(now: now, isConnected: status == .connected)
        let overdue = state.withLock { state in
            guard !state.everConnected, let deadline = state.connectDeadline, deadline <= now else { return BusError?.none }
            return state.lastFailure ?? BusError(.disconnected, "no server answered")
        }
        if let overdue { giveUpConnecting(overdue) }
        notify(.tick(now))
    }

    // MARK: Status

    /// The current status.
    var status: Bus.Status {
        state.withLock { $0.status }
    }

    /// How often a connection was made.
    var sessionCount: UInt64 {
        state.withLock { $0.sessions }
    }

    /// The largest payload, headers included, that the server takes.
    var maximumPayload: Int {
        payloadLimit.load(ordering: .relaxed)
    }

    /// The status now and at every change.
    func statusUpdates() -> AsyncStream<Bus.Status> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bus.Status.self, bufferingPolicy: .bufferingNewest(16))
        let id = nextNumber()
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.statusStreams.removeValue(forKey: id) }
        }
        let isClosed = state.withLock { state in
            continuation.yield(state.status)
            if state.status != .closed { state.statusStreams[id] = continuation }
            return state.status == .closed
        }
        if isClosed { continuation.finish() }
        return stream
    }

    private func setStatus(_ status: Bus.Status, if condition: (Bus.Status) -> Bool) {
        state.withLock { state in
            guard condition(state.status), state.status != status else { return }
            state.status = status
            for stream in state.statusStreams.values { stream.yield(status) }
        }
    }

    // MARK: The end

    /// Lets what is outstanding finish, then closes.
    func drain(timeout: Duration) async {
        exchanges.refuse(BusError(.closed, "the bus is closing"))
        let transport = self
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let once = Once { continuation.resume() }
            transport.exchanges.whenIdle { once.run() }
            transport.control.asyncAfter(deadline: .now() + .milliseconds(Int(timeout.milliseconds))) { once.run() }
        }
        if status == .connected { try? await flush(timeout: .seconds(2)) }
        await close(BusError(.closed, "the bus was closed"))
    }

    /// Ends everything with `error` and returns when the connection is gone.
    func close(_ error: BusError) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            beginClosing(error) { continuation.resume() }
        }
    }

    /// Ends everything with `error`; `completion` follows when the connection is gone.
    func beginClosing(_ error: BusError, completion: (@Sendable () -> Void)? = nil) {
        let (isFirst, session) = state.withLock { state -> (Bool, Session?) in
            let isFirst = state.status != .closed
            if let completion { state.closeWaiters.append(completion) }
            state.status = .closed
            return (isFirst, state.session)
        }
        if isFirst {
            for stream in state.withLock({ $0.statusStreams.values.map { $0 } }) {
                stream.yield(.closed)
                stream.finish()
            }
            exchanges.close(error)
            giveUpConnecting(error)
            notify(.closed)
            state.withLock { state in
                state.timer?.cancel()
                state.timer = nil
                (state.routes, state.observers, state.statusStreams) = ([:], [:], [:])
            }
        }
        guard let session else { return finishClosing() }
        control.async { session.shutDown() }
    }

    private func finishClosing() {
        let waiters = state.withLock { state in
            guard state.session == nil else { return [@Sendable () -> Void]() }
            defer { state.closeWaiters = [] }
            return state.closeWaiters
        }
        for waiter in waiters { waiter() }
    }
}

/// Runs its body at the first call only.
private final class Once: Sendable {
    private let body: Mutex<(@Sendable () -> Void)?>

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = Mutex(body)
    }

    func run() {
        let body = self.body.withLock { body in
            defer { body = nil }
            return body
        }
        body?()
    }
}

// Overlapping pull requests, a bounded buffer and those who wait for messages: what both kinds of consumer share.

import ArgusShared
import Synchronization

/// Keeps a pull consumer's messages coming.
///
/// Messages arrive at a subscription of the engine's own, on a library thread. New requests go out before the last ones are used up, so
/// that the server never waits for us; what is requested plus what is buffered never exceeds the bounds.
final class PullEngine: Sendable {
    private struct Waiter {
        let id: UInt64
        let maximum: Int
        let maximumBytes: Int
        let continuation: CheckedContinuation<Result<[BusMessage], BusError>, Never>
        let timeout: Timeout
    }

    private struct State {
        var buffer = MessageBuffer()
        var waiters: [Waiter] = []
        var requests: PullRequests
        var consumer: String
        var isRunning = false
        var isRecovering = false
        var recoversAgain = false
        var failure: BusError?
        var lastActivity = ContinuousClock.now
        var notBefore = ContinuousClock.now
        // Ordered consumers only:
        var ordered: OrderedConsumption?
        var nextSequence: UInt64 = 0
        var lastConsumerSequence: UInt64 = 0
        var recoveries = 0
    }

    private static let heartbeat = Duration.seconds(1)
    private static let silenceLimit = Duration.milliseconds(2500)
    private static let requestLifetime = Duration.seconds(30)

    let stream: String
    private let transport: Transport
    private let id: UInt64
    private let state: Mutex<State>

    /// An engine for a durable consumer. `prefetchBytes` nil is the connection's bound.
    init(transport: Transport, stream: String, durable: String, prefetch: Int, prefetchBytes: Int? = nil) {
        self.transport = transport
        self.stream = stream
        id = transport.nextNumber()
        let bytes = prefetchBytes ?? transport.configuration.pendingBytes
        state = Mutex(State(requests: PullRequests(maximumMessages: prefetch, maximumBytes: bytes), consumer: durable))
    }

    /// An engine for an ordered consumer that it makes, and makes anew whenever it must.
    init(transport: Transport, stream: String, ordered: OrderedConsumption, prefetch: Int) {
        self.transport = transport
        self.stream = stream
        id = transport.nextNumber()
        let requests = PullRequests(maximumMessages: prefetch, maximumBytes: transport.configuration.pendingBytes)
        var initial = State(requests: requests, consumer: "", ordered: ordered)
        if case .sequence(let sequence) = ordered.start { initial.nextSequence = max(1, sequence) }
        state = Mutex(initial)
    }

    /// How many times the consumer was lost or skipped something and was made anew or asked again.
    var recoveries: Int {
        state.withLock { $0.recoveries }
    }

    /// Begins to receive. An ordered consumer's number of messages to come is returned.
    @discardableResult
    func start() async throws(BusError) -> UInt64 {
        transport.add(Route(id: id, subject: "\(transport.inbox).c\(id).*", queue: nil) { [weak self] in self?.receive($0) })
        do throws(BusError) {
            var pending: UInt64 = 0
            if let ordered = state.withLock({ $0.ordered }) {
                state.withLock { $0.isRecovering = true }
                pending = try await createOrderedConsumer(ordered)
            }
            transport.observe(id) { [weak self] in self?.observe($0) }
            begin()
            if transport.status == .closed { throw BusError(.closed, "the bus is closed") }
            return pending
        } catch {
            stop(error)
            throw error
        }
    }

    private func begin() {
        state.withLock { state in
            state.isRecovering = false
            state.isRunning = true
            state.lastActivity = .now
        }
        topUp()
    }

    // MARK: Taking messages

    /// Up to `maximum` messages as soon as there is one; none after `wait`.
    func next(maximum: Int, wait: Duration, maximumBytes: Int) async throws(BusError) -> [BusMessage] {
        if let ready = takeReady(maximum, maximumBytes) { return try ready.get() }
        if Task.isCancelled { throw BusError(.cancelled, "the task was cancelled while waiting for messages") }
        guard wait > .zero else { return [] }
        let waiterID = transport.nextNumber()
        let cancelled = BusError(.cancelled, "the task was cancelled while waiting for messages")
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timeout = Timeout(after: wait) { [weak self] in self?.resolve(waiterID, .success([])) }
                let waiter = Waiter(
                    id: waiterID, maximum: max(1, maximum), maximumBytes: maximumBytes, continuation: continuation, timeout: timeout)
                state.withLock { $0.waiters.append(waiter) }
                deliver()
                if Task.isCancelled { resolve(waiterID, .failure(cancelled)) }
            }
        } onCancel: {
            resolve(waiterID, .failure(cancelled))
        }
        return try outcome.get()
    }

    private func takeReady(_ maximum: Int, _ maximumBytes: Int) -> Result<[BusMessage], BusError>? {
        let ready = state.withLock { state -> Result<[BusMessage], BusError>? in
            guard state.waiters.isEmpty else { return nil }
            if !state.buffer.isEmpty { return .success(state.buffer.take(max(1, maximum), maximumBytes: maximumBytes)) }
            return state.failure.map { .failure($0) }
        }
        if case .success = ready { topUp() }
        return ready
    }

    /// Gives messages, or the failure, to those who wait.
    private func deliver() {
        let served = state.withLock { state -> [(Waiter, Result<[BusMessage], BusError>)] in
            var served: [(Waiter, Result<[BusMessage], BusError>)] = []
            while let waiter = state.waiters.first {
                if !state.buffer.isEmpty {
                    served.append((waiter, .success(state.buffer.take(waiter.maximum, maximumBytes: waiter.maximumBytes))))
                } else if let failure = state.failure {
                    served.append((waiter, .failure(failure)))
                } else {
                    break
                }
                state.waiters.removeFirst()
            }
            return served
        }
        for (waiter, outcome) in served {
            waiter.timeout.cancel()
            waiter.continuation.resume(returning: outcome)
        }
        if !served.isEmpty { topUp() }
    }

    private func resolve(_ waiterID: UInt64, _ outcome: Result<[BusMessage], BusError>) {
        let waiter = state.withLock { state -> Waiter? in
            state.waiters.firstIndex { $0.id == waiterID }.map { state.waiters.remove(at: $0) }
        }
        guard let waiter else { return }
        waiter.timeout.cancel()
        waiter.continuation.resume(returning: outcome)
    }

    /// The messages that wait to be taken.
    var buffered: [BusMessage] {
        state.withLock { $0.buffer.messages }
    }

    // MARK: Requesting

    /// Sends requests for as much as the bounds allow.
    private func topUp() {
        let (consumer, requests) = state.withLock { state -> (String, [PullRequests.Request]) in
            guard state.isRunning, state.failure == nil, state.notBefore <= .now else { return ("", []) }
            let wasIdle = state.requests.isEmpty
            let due = state.requests.due(beside: state.buffer, largestMessage: transport.maximumPayload, number: transport.nextNumber)
            if wasIdle { state.lastActivity = .now }
            return (state.consumer, due)
        }
        for request in requests { send(request, consumer) }
    }

    private func send(_ request: PullRequests.Request, _ consumer: String) {
        var body = JSONWriter()
        body.beginObject()
        body.integer("batch", request.messages)
        body.integer("expires", Self.requestLifetime.nanoseconds)
        body.integer("idle_heartbeat", Self.heartbeat.nanoseconds)
        body.integer("max_bytes", request.bytes)
        body.endObject()
        do {
            try transport.send(
                subject: "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(consumer)", reply: "\(transport.inbox).c\(id).\(request.id)",
                payload: body.bytes)
        } catch {
            // Not connected: all requests are made anew afterwards. A full queue: the next tick tries again.
            state.withLock { state in
                state.requests.end(request.id)
                state.notBefore = .now + .milliseconds(100)
            }
        }
    }

    // MARK: Receiving

    private func receive(_ message: BusMessage) {
        if let status = message.status { return control(status, message) }
        guard let metadata = message.reply.flatMap({ BusMessage.Metadata(reply: $0) }) else { return }
        var message = message
        message.metadata = metadata
        enum Verdict { case accept, ignore, gap, wentBack }
        let verdict = state.withLock { state -> Verdict in
            guard metadata.consumer == state.consumer, state.failure == nil else { return .ignore }
            state.lastActivity = .now
            if state.ordered != nil {
                // While it recovers, a new consumer is being made that begins where this one was left.
                guard state.isRunning else { return .ignore }
                guard metadata.consumerSequence == state.lastConsumerSequence + 1 else { return .gap }
                guard metadata.streamSequence >= state.nextSequence else { return .wentBack }
                state.lastConsumerSequence = metadata.consumerSequence
                state.nextSequence = metadata.streamSequence + 1
            }
            state.requests.answered(with: message)
            state.buffer.append(message)
            return .accept
        }
        switch verdict {
        case .accept:
            deliver()
            topUp()
        case .ignore: break
        case .gap: recover()
        case .wentBack: streamWentBack(metadata.streamSequence)
        }
    }

    private func streamWentBack(_ sequence: UInt64) {
        let (restarts, expected) = state.withLock { state in
            let restarts = state.ordered?.restartsWhenStreamWentBack ?? false
            defer { if restarts { state.nextSequence = 0 } }
            return (restarts, state.nextSequence)
        }
        if restarts { return recover() }
        stop(
            BusError(
                .protocolViolation, "the stream \(stream) went back: sequence \(sequence) came where \(expected) or later was expected"))
    }

    private func control(_ status: Int, _ message: BusMessage) {
        let text = message.headers["Description"] ?? ""
        let requestID = message.subject.split(separator: ".").last.flatMap { UInt64($0) }
        if status == 100 { return heartbeat(message) }
        let isCurrent = state.withLock { state -> Bool in
            guard let requestID, state.requests.end(requestID) else { return false }
            state.lastActivity = .now
            return true
        }
        // An answer to a request of an earlier consumer or connection.
        guard isCurrent else { return }
        switch status {
        case 404, 408: topUp()
        case 409 where text.contains("MaxBytes") && !text.contains("Exceeded MaxRequestMaxBytes"): topUp()
        case 409 where text.contains("Consumer Deleted"), 503: recover()
        case 409 where text.contains("Consumer is push based") || text.contains("Exceeded MaxRequest"), 400:
            stop(BusError(.protocolViolation, "the consumer of \(stream) refuses pull requests: \(status) \(text)"))
        default:
            // Leadership changes, shutdowns, too many requests waiting: ask again a little later.
            state.withLock { $0.notBefore = .now + .milliseconds(100) }
        }
    }

    private func heartbeat(_ message: BusMessage) {
        let last = message.headers["Nats-Last-Consumer"].flatMap { UInt64($0) }
        let missed = state.withLock { state -> Bool in
            state.lastActivity = .now
            guard let last, state.ordered != nil, state.isRunning else { return false }
            return last != state.lastConsumerSequence
        }
        if missed { recover() }
    }

    // MARK: Recovering

    private func observe(_ event: Transport.Event) {
        switch event {
        case .connected: recover()
        case .disconnected:
            state.withLock { state in
                state.isRunning = false
                state.requests.endAll()
            }
        case .permissionDenied(let subject, let text):
            let consumer = state.withLock { $0.consumer }
            if subject == "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(consumer)" || subject == "\(transport.inbox).c\(id).*" {
                stop(BusError(.permissionDenied, text))
            }
        case .tick(let now):
            let (isSilent, mayRequest) = state.withLock { state -> (Bool, Bool) in
                guard state.isRunning else { return (false, false) }
                return (!state.requests.isEmpty && now - state.lastActivity > Self.silenceLimit, state.requests.isEmpty)
            }
            if isSilent { recover() } else if mayRequest { topUp() }
        case .closed: stop(BusError(.closed, "the bus is closed"))
        }
    }

    /// Finds out what became of the consumer, or makes a new one, and goes on after the last message.
    private func recover() {
        let starts = state.withLock { state -> Bool in
            guard state.failure == nil else { return false }
            state.isRunning = false
            state.requests.endAll()
            state.recoveries += 1
            if state.isRecovering {
                state.recoversAgain = true
                return false
            }
            state.isRecovering = true
            return true
        }
        guard starts else { return }
        Task { [weak self] in
            var pause = Duration.milliseconds(20)
            while let self, await self.recoverOnce() {
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    /// One attempt; true asks for another.
    private func recoverOnce() async -> Bool {
        let ordered = state.withLock { state -> OrderedConsumption? in
            state.recoversAgain = false
            return state.ordered
        }
        do throws(BusError) {
            if let ordered {
                try await createOrderedConsumer(ordered)
            } else {
                let name = state.withLock { $0.consumer }
                _ = try await transport.request(api: "CONSUMER.INFO.\(stream).\(name)", timeout: .seconds(5))
            }
        } catch {
            guard error.isRetriable || error.code == .server else {
                stop(error)
                return false
            }
            return state.withLock { $0.failure == nil }
        }
        let again = state.withLock { state -> Bool in
            guard state.failure == nil else { return false }
            if state.recoversAgain { return true }
            state.isRecovering = false
            state.isRunning = transport.status == .connected
            state.lastActivity = .now
            return false
        }
        if !again { topUp() }
        return again
    }

    /// Makes an ephemeral consumer that begins after the last message received; returns how many messages it has to deliver.
    @discardableResult
    private func createOrderedConsumer(_ ordered: OrderedConsumption) async throws(BusError) -> UInt64 {
        let name = "argus-" + Identifier.make()
        let (old, next) = state.withLock { ($0.consumer, $0.nextSequence) }
        if !old.isEmpty { try? transport.send(subject: "$JS.API.CONSUMER.DELETE.\(stream).\(old)", payload: []) }
        let body = ordered.createRequest(stream: stream, name: name, from: next)
        let suffix = ordered.filterSubject.map { ".\($0)" } ?? ""
        let answer: JSONValue
        do throws(BusError) {
            answer = try await transport.request(api: "CONSUMER.CREATE.\(stream).\(name)\(suffix)", body, timeout: .seconds(5))
        } catch {
            // Cancelled or late: it may have been made all the same.
            try? transport.send(subject: "$JS.API.CONSUMER.DELETE.\(stream).\(name)", payload: [])
            throw error
        }
        state.withLock { state in
            state.consumer = name
            state.lastConsumerSequence = 0
            state.requests.endAll()
        }
        return UInt64(answer["num_pending"]?.integerValue ?? 0)
    }

    // MARK: The end

    /// Ends the consumer: what is buffered can still be taken, then `error` is thrown.
    func stop(_ error: BusError) {
        let isFirst = state.withLock { state -> Bool in
            guard state.failure == nil else { return false }
            state.failure = error
            state.isRunning = false
            state.requests.endAll()
            return true
        }
        guard isFirst else { return }
        transport.removeObserver(id)
        transport.removeRoute(id)
        deliver()
    }

    /// Ends the consumer and deletes it at the server if it is an ordered one.
    func close() async {
        let name = endQuietly()
        guard let name, transport.status == .connected else { return }
        _ = try? await transport.request(api: "CONSUMER.DELETE.\(stream).\(name)", timeout: .seconds(1))
    }

    /// The same without waiting.
    func closeInBackground() {
        guard let name = endQuietly() else { return }
        try? transport.send(subject: "$JS.API.CONSUMER.DELETE.\(stream).\(name)", payload: [])
    }

    private func endQuietly() -> String? {
        stop(BusError(.closed, "the consumer is closed"))
        return state.withLock { state in
            state.buffer = MessageBuffer()
            guard state.ordered != nil, !state.consumer.isEmpty else { return nil }
            defer { state.consumer = "" }
            return state.consumer
        }
    }
}

// Everything that was sent and awaits one answer: publishes and requests.

import Dispatch
import Synchronization

/// The table of outstanding exchanges. Each ends exactly once: whoever removes it from the table resumes its task.
///
/// An exchange has a number that is never used again; it is the last token of the reply subject, so an answer that comes late finds
/// nothing. At most `limit` are active; the others wait in the order they came.
final class Exchanges: Sendable {
    typealias Outcome = Result<BusMessage, BusError>

    /// What goes out.
    struct Request: Sendable {
        var subject: String
        var headers: MessageHeaders
        var payload: [UInt8]
        /// Whether it may be sent again after the connection was lost: it has a message id, or is idempotent.
        var resends: Bool
        var timeout: Duration
    }

    private enum Phase {
        /// For one of the active to end.
        case waiting
        /// In the writer's queue, or for a connection.
        case queued
        /// Handed to the connection.
        case written
    }

    private struct Entry {
        var request: Request
        var phase: Phase
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var waiting: [UInt64] = []
        var firstWaiting = 0
        var active = 0
        var refusal: BusError?
        var idleWaiters: [@Sendable () -> Void] = []
        var lastPermissionError: String?
        var succeeded: UInt64 = 0
        var failed: UInt64 = 0

        var waitingCount: Int { entries.count - active }
    }

    private let limit: Int
    private let numbers = Atomic<UInt64>(0)
    private let state = Mutex(State())
    private let enqueue: @Sendable (UInt64) -> Void

    /// - Parameter enqueue: Puts an exchange into the writer's queue.
    init(limit: Int, enqueue: @escaping @Sendable (UInt64) -> Void) {
        self.limit = max(1, limit)
        self.enqueue = enqueue
    }

    /// Active exchanges and those waiting for one of them to end.
    var counts: (active: Int, waiting: Int, succeeded: UInt64, failed: UInt64) {
        state.withLock { ($0.active, $0.waitingCount, $0.succeeded, $0.failed) }
    }

    /// Sends `request` and returns its answer.
    func run(_ request: Request) async throws(BusError) -> BusMessage {
        if Task.isCancelled { throw BusError(.cancelled, "the task was cancelled; nothing was sent to \(request.subject)") }
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let deadline = ContinuousClock.now + request.timeout
                submit(Entry(request: request, phase: .waiting, deadline: deadline, continuation: continuation), number)
                // A cancellation that came just before the entry was in the table did not find it.
                if Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
        return try outcome.get()
    }

    private func submit(_ entry: Entry, _ number: UInt64) {
        var entry = entry
        let (refusal, admitted) = state.withLock { state -> (BusError?, Bool) in
            if let refusal = state.refusal { return (refusal, false) }
            let admitted = state.active < limit
            if admitted {
                state.active += 1
                entry.phase = .queued
            } else {
                state.waiting.append(number)
            }
            state.entries[number] = entry
            return (nil, admitted)
        }
        if let refusal { return entry.continuation.resume(returning: .failure(refusal)) }
        if admitted { enqueue(number) }
    }

    private func cancel(_ number: UInt64) {
        finish(number, .failure(BusError(.cancelled, "the task was cancelled")))
    }

    /// Ends an exchange, unless it ended before.
    func finish(_ number: UInt64, _ outcome: Outcome) {
        end([(number, outcome)])
    }

    private func end(_ outcomes: [(UInt64, Outcome)]) {
        var resumptions: [(CheckedContinuation<Outcome, Never>, Outcome)] = []
        let (admitted, idle) = state.withLock { state -> ([UInt64], [@Sendable () -> Void]) in
            for (number, outcome) in outcomes {
                guard let entry = state.entries.removeValue(forKey: number) else { continue }
                if case .success = outcome { state.succeeded += 1 } else { state.failed += 1 }
                if entry.phase != .waiting { state.active -= 1 }
                resumptions.append((entry.continuation, outcome))
            }
            return (Self.admit(&state, limit: limit), Self.takeIdleWaiters(&state))
        }
        for number in admitted { enqueue(number) }
        for (continuation, outcome) in resumptions { continuation.resume(returning: outcome) }
        for waiter in idle { waiter() }
    }

    private static func admit(_ state: inout State, limit: Int) -> [UInt64] {
        var admitted: [UInt64] = []
        while state.active < limit, state.firstWaiting < state.waiting.count {
            let number = state.waiting[state.firstWaiting]
            state.firstWaiting += 1
            // Those that were cancelled or timed out while they waited are gone from the table.
            guard state.entries[number] != nil else { continue }
            state.entries[number]?.phase = .queued
            state.active += 1
            admitted.append(number)
        }
        if state.firstWaiting > 1024, state.firstWaiting * 2 > state.waiting.count {
            state.waiting.removeFirst(state.firstWaiting)
            state.firstWaiting = 0
        }
        return admitted
    }

    private static func takeIdleWaiters(_ state: inout State) -> [@Sendable () -> Void] {
        guard state.entries.isEmpty else { return [] }
        defer { state.idleWaiters = [] }
        return state.idleWaiters
    }

    // MARK: The writer's side

    /// What is to be written for an exchange, which counts as written from now on; nil if it ended or was written already.
    func takeForWriting(_ number: UInt64) -> Request? {
        state.withLock { state in
            guard let entry = state.entries[number], entry.phase == .queued else { return nil }
            state.entries[number]?.phase = .written
            if !entry.request.resends { state.entries[number]?.request.payload = [] }
            return entry.request
        }
    }

    /// The connection is gone. What may be sent again waits for the next one; the rest ends, its outcome unknown.
    func connectionLost() {
        let ambiguous = state.withLock { state -> [UInt64] in
            var ambiguous: [UInt64] = []
            for (number, entry) in state.entries where entry.phase == .written {
                if entry.request.resends { state.entries[number]?.phase = .queued } else { ambiguous.append(number) }
            }
            return ambiguous
        }
        let error = BusError(.timeout, "the connection was lost before the answer came; what was sent may have had its effect")
        end(ambiguous.map { ($0, .failure(error)) })
    }

    /// A connection is there: everything that is to be written goes into the writer's queue, in order.
    func connectionReady() {
        let queued = state.withLock { state in
            state.entries.filter { $0.value.phase == .queued }.keys.sorted()
        }
        for number in queued { enqueue(number) }
    }

    /// The server forbade publishing to `subject`.
    func permissionDenied(subject: String?, _ text: String) {
        let denied = state.withLock { state -> [UInt64] in
            state.lastPermissionError = text
            return state.entries.filter { $0.value.phase == .written && $0.value.request.subject == subject }.map(\.key)
        }
        end(denied.map { ($0, .failure(BusError(.permissionDenied, text))) })
    }

    // MARK: Deadlines and the end

    /// Ends what is over its time.
    func sweep(now: ContinuousClock.Instant, isConnected: Bool) {
        let expired = state.withLock { state -> [(UInt64, Outcome)] in
            guard !state.entries.isEmpty else { return [] }
            return state.entries.filter { $0.value.deadline <= now }.map { number, entry in
                (number, .failure(Self.timeoutError(entry, isConnected: isConnected, permission: state.lastPermissionError)))
            }
        }
        if !expired.isEmpty { end(expired) }
    }

    private static func timeoutError(_ entry: Entry, isConnected: Bool, permission: String?) -> BusError {
        let subject = entry.request.subject
        let limit = entry.request.timeout
        switch entry.phase {
        case .written:
            let hint = permission.map { " (the server last said: \($0))" } ?? ""
            return BusError(.timeout, "no answer to \(subject) within \(limit)\(hint)")
        case .queued where !isConnected, .waiting where !isConnected:
            return BusError(.disconnected, "no connection within \(limit); nothing was sent to \(subject)")
        case .queued, .waiting:
            return BusError(.timeout, "too much on its way already; nothing was sent to \(subject) within \(limit)")
        }
    }

    /// Refuses whatever comes from now on.
    func refuse(_ error: BusError) {
        state.withLock { $0.refusal = error }
    }

    /// Ends everything with `error`, and whatever comes later.
    func close(_ error: BusError) {
        let all = state.withLock { state in
            state.refusal = error
            return Array(state.entries.keys)
        }
        end(all.map { ($0, .failure(error)) })
    }

    /// Calls `body` once nothing is outstanding.
    func whenIdle(_ body: @escaping @Sendable () -> Void) {
        let isIdle = state.withLock { state in
            if !state.entries.isEmpty { state.idleWaiters.append(body) }
            return state.entries.isEmpty
        }
        if isIdle { body() }
    }
}

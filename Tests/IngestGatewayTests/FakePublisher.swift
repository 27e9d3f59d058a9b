// A bus in memory whose answers a test decides.

import Synchronization

@testable import IngestGateway

/// Keeps what is published; each publish waits for the gate and then fails as told.
final class FakePublisher: EventPublishing {
    struct Message: Equatable {
        var text: String
        var partition: Int
        var messageID: String
        var traceparent: String?

        var lines: [String] { text.split(separator: "\n").map(String.init) }
    }

    private struct State {
        var messages: [Message] = []
        var failures: [PublishFailure] = []
        var isOpen = true
        var waiters: [CheckedContinuation<Void, Never>] = []
        var inFlight: [Int: Int] = [:]
        var mostInFlight = 0
        var isAvailable = true
    }

    private let state = Mutex(State())

    /// Every attempt so far.
    var messages: [Message] { state.withLock { $0.messages } }
    /// The most publishes of one partition that were on their way at once.
    var mostInFlight: Int { state.withLock { $0.mostInFlight } }
    /// Publishes that wait for the gate.
    var waiting: Int { state.withLock { $0.waiters.count } }

    var isAvailable: Bool { state.withLock { $0.isAvailable } }

    func setAvailable(_ isAvailable: Bool) {
        state.withLock { $0.isAvailable = isAvailable }
    }

    /// The next attempts fail with these, in order.
    func fail(with failures: [PublishFailure]) {
        state.withLock { $0.failures += failures }
    }

    /// Lets no publish end until `open()`.
    func close() {
        state.withLock { $0.isOpen = false }
    }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func publish(_ payload: [UInt8], partition: Int, messageID: String, traceparent: String?) async throws(PublishFailure) {
        state.withLock { state in
            state.messages.append(
                Message(
                    text: String(decoding: payload, as: UTF8.self), partition: partition, messageID: messageID, traceparent: traceparent))
            state.inFlight[partition, default: 0] += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight[partition] ?? 0)
        }
        await pass()
        let failure = state.withLock { state in
            state.inFlight[partition, default: 0] -= 1
            return state.failures.isEmpty ? nil : state.failures.removeFirst()
        }
        if let failure { throw failure }
    }

    private func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Counts what it is told.
final class CountingObserver: GroupCommitObserver {
    private let state = Mutex((published: 0, retried: 0, failed: 0))

    var counts: (published: Int, retried: Int, failed: Int) { state.withLock { $0 } }

    func published(events: Int, bytes: Int, duration: Duration) {
        state.withLock { $0.published += events }
    }

    func retried() {
        state.withLock { $0.retried += 1 }
    }

    func failed(events: Int, failure: PublishFailure) {
        state.withLock { $0.failed += events }
    }
}

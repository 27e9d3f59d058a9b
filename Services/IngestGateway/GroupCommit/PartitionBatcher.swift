// Group commit of one partition: what arrives while a message is on its way travels together in the next one.

import ArgusShared
import Synchronization

/// Puts a partition's events on the bus, in order, one message at a time.
final class PartitionBatcher: Sendable {
    /// How a batcher behaves.
    struct Settings: Sendable {
        /// How long an event waits for company before a message that is not full leaves.
        var linger: Duration = .milliseconds(1)
        /// How long a message is tried again before its events are given up.
        var patience: Duration = .seconds(5)
        /// The pause before the first repetition; it doubles each time, up to half a second.
        var pause: Duration = .milliseconds(50)
        var bounds = PartitionQueue.Bounds()
    }

    private struct State {
        var queue: PartitionQueue
        /// The worker, while there is nothing to do.
        var worker: CheckedContinuation<Void, Never>?
        var isClosed = false
        /// The last message failed because the bus could not be reached.
        var isAway = false
    }

    private let partition: Int
    private let publisher: any EventPublishing
    private let settings: Settings
    private let observer: any GroupCommitObserver
    private let state: Mutex<State>

    init(partition: Int, publisher: any EventPublishing, settings: Settings, observer: any GroupCommitObserver) {
        self.partition = partition
        self.publisher = publisher
        self.settings = settings
        self.observer = observer
        state = Mutex(State(queue: PartitionQueue(bounds: settings.bounds)))
    }

    /// Events that wait, those on their way excluded.
    var depth: Int { state.withLock { $0.queue.events } }

    /// Adds a chunk to the queue. Its ticket is always completed, at once if the chunk is refused.
    func enqueue(_ entry: PartitionQueue.Entry) {
        let (failure, worker) = state.withLock { state -> (PublishFailure?, CheckedContinuation<Void, Never>?) in
            if state.isClosed { return (.stopping, nil) }
            // Requests wait through a short outage; in a longer one they are told at once.
            if state.isAway, !publisher.isAvailable {
                return (PublishFailure(kind: .unavailable, message: "the event bus cannot be reached"), nil)
            }
            guard state.queue.append(entry) else { return (.queueFull, nil) }
            defer { state.worker = nil }
            return (nil, state.worker)
        }
        if let failure { entry.ticket.complete(entry.index, failure: failure) }
        worker?.resume()
    }

    /// Publishes until the batcher is closed and the queue is empty. Cancellation gives up what waits. Called once.
    func run() async {
        await withTaskCancellationHandler {
            while let entries = await nextMessage() { await publish(entries) }
        } onCancel: {
            close()
            fail(state.withLock { $0.queue.takeAll() }, with: .stopping)
        }
    }

    /// Takes no more chunks; `run()` ends when those it has are through.
    func close() {
        let worker = state.withLock { state in
            state.isClosed = true
            defer { state.worker = nil }
            return state.worker
        }
        worker?.resume()
    }

    /// The next message's entries; nil when there will be none.
    private func nextMessage() async -> [PartitionQueue.Entry]? {
        while true {
            let (isEmpty, isFull, isClosed) = state.withLock { ($0.queue.isEmpty, $0.queue.fillsMessage, $0.isClosed) }
            if isEmpty {
                if isClosed { return nil }
                await waitForWork()
                continue
            }
            if !isFull, !isClosed, settings.linger > .zero { try? await Task.sleep(for: settings.linger) }
            let entries = state.withLock { $0.queue.takeMessage() }
            if !entries.isEmpty { return entries }
        }
    }

    private func waitForWork() async {
        await withCheckedContinuation { continuation in
            let hasWork = state.withLock { state in
                guard state.queue.isEmpty, !state.isClosed else { return true }
                state.worker = continuation
                return false
            }
            if hasWork { continuation.resume() }
        }
    }

    private func publish(_ entries: [PartitionQueue.Entry]) async {
        var payload: [UInt8] = []
        payload.reserveCapacity(entries.reduce(0) { $0 + $1.chunk.lines.count })
        for entry in entries { payload += entry.chunk.lines }
        let count = entries.reduce(0) { $0 + $1.chunk.count }
        let start = ContinuousClock.now
        do {
            try await send(payload, traceparent: entries.lazy.compactMap(\.traceparent).first, deadline: start + settings.patience)
            state.withLock { $0.isAway = false }
            observer.published(events: count, bytes: payload.count, duration: start.duration(to: .now))
            for entry in entries { entry.ticket.complete(entry.index, failure: nil) }
        } catch {
            observer.failed(events: count, failure: error)
            fail(entries, with: error)
            guard error.kind == .unavailable else { return state.withLock { $0.isAway = false } }
            // What waits behind would wait as long again, one message after the other.
            let behind = state.withLock { state in
                state.isAway = true
                return state.queue.takeAll()
            }
            fail(behind, with: error)
        }
    }

    private func send(_ payload: [UInt8], traceparent: String?, deadline: ContinuousClock.Instant) async throws(PublishFailure) {
        let messageID = Identifier.make()
        var pause = settings.pause
        while true {
            do {
                return try await publisher.publish(payload, partition: partition, messageID: messageID, traceparent: traceparent)
            } catch {
                guard error.isRetriable, ContinuousClock.now + pause < deadline, !Task.isCancelled else { throw error }
            }
            observer.retried()
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    private func fail(_ entries: [PartitionQueue.Entry], with failure: PublishFailure) {
        for entry in entries { entry.ticket.complete(entry.index, failure: failure) }
    }
}

/// Is told what a batcher does.
protocol GroupCommitObserver: Sendable {
    /// A message was acknowledged.
    func published(events: Int, bytes: Int, duration: Duration)
    /// A message is sent again.
    func retried()
    /// A message was given up.
    func failed(events: Int, failure: PublishFailure)
}

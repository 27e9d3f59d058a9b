// What waits to be exported.

import Synchronization

/// Encoded spans and log records, bounded by number and bytes.
///
/// Adding never waits: what does not fit is counted and gone. Items stay until they are acknowledged, so the bound covers those on their
/// way, too.
final class TelemetryBuffer: Sendable {
    enum Signal: Int, CaseIterable {
        case traces, logs
    }

    struct Item {
        let scope: String
        let bytes: [UInt8]
    }

    struct Counts {
        var buffered = 0
        var exported: UInt64 = 0
        var dropped: UInt64 = 0
    }

    private struct Queue {
        var items: [Item] = []
        var bytes = 0
        var counts = Counts()
        var added: UInt64 = 0
    }

    private struct State {
        var queues = [Queue(), Queue()]
        var wakes: [AsyncStream<Void>.Continuation?] = [nil, nil]
        var closing: [AsyncStream<Void>.Continuation] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let maximumItems: Int
    private let maximumBytes: Int
    private let batchItems: Int

    init(maximumItems: Int, maximumBytes: Int, batchItems: Int) {
        self.maximumItems = maximumItems
        self.maximumBytes = maximumBytes
        self.batchItems = batchItems
    }

    func append(_ bytes: [UInt8], scope: String, to signal: Signal) {
        let wake: AsyncStream<Void>.Continuation? = state.withLock { state in
            let index = signal.rawValue
            guard !state.isClosed, state.queues[index].items.count < maximumItems,
                state.queues[index].bytes + bytes.count <= maximumBytes
            else {
                state.queues[index].counts.dropped += 1
                return nil
            }
            state.queues[index].items.append(Item(scope: scope, bytes: bytes))
            state.queues[index].bytes += bytes.count
            state.queues[index].added += 1
            return state.queues[index].items.count % batchItems == 0 ? state.wakes[index] : nil
        }
        wake?.yield()
    }

    /// The oldest items: at most a batch, at most `maximumBytes` unless the first alone is larger.
    func batch(of signal: Signal, maximumBytes: Int) -> [Item] {
        state.withLock { state in
            var bytes = 0
            return Array(
                state.queues[signal.rawValue].items.prefix(batchItems).enumerated().prefix { index, item in
                    bytes += item.bytes.count
                    return index == 0 || bytes <= maximumBytes
                }.map(\.element))
        }
    }

    /// Forgets the oldest items, which were acknowledged or are given up.
    func removeFirst(_ count: Int, of signal: Signal, areExported: Bool) {
        state.withLock { state in
            let index = signal.rawValue
            state.queues[index].bytes -= state.queues[index].items.prefix(count).reduce(0) { $0 + $1.bytes.count }
            state.queues[index].items.removeFirst(count)
            if areExported {
                state.queues[index].counts.exported += UInt64(count)
            } else {
                state.queues[index].counts.dropped += UInt64(count)
            }
        }
    }

    func counts(of signal: Signal) -> Counts {
        state.withLock { state in
            var counts = state.queues[signal.rawValue].counts
            counts.buffered = state.queues[signal.rawValue].items.count
            return counts
        }
    }

    /// Whether all that was added before `mark` has been exported or given up.
    func hasFinished(_ mark: [UInt64]) -> Bool {
        state.withLock { state in
            zip(state.queues, mark).allSatisfy { queue, mark in queue.added - UInt64(queue.items.count) >= mark }
        }
    }

    var mark: [UInt64] {
        state.withLock { $0.queues.map(\.added) }
    }

    /// Yields when a batch is full or somebody asks for haste; ends when the buffer is closed.
    func wakes(of signal: Signal) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let isClosed = state.withLock { state in
            state.wakes[signal.rawValue] = continuation
            return state.isClosed
        }
        if isClosed { continuation.finish() }
        return stream
    }

    func wake(_ signal: Signal) {
        let wake = state.withLock { $0.wakes[signal.rawValue] }
        wake?.yield()
    }

    func wake() {
        for signal in Signal.allCases { wake(signal) }
    }

    /// Yields nothing and ends when the buffer is closed.
    func closing() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let isClosed = state.withLock { state in
            if !state.isClosed { state.closing.append(continuation) }
            return state.isClosed
        }
        if isClosed { continuation.finish() }
        return stream
    }

    /// Takes nothing more.
    func close() {
        let streams = state.withLock { state in
            state.isClosed = true
            return state.wakes.compactMap(\.self) + state.closing
        }
        for stream in streams { stream.finish() }
    }
}

// Following the keys of a bucket.

import ArgusShared
import Synchronization

/// Entries as they are, then as they change. Each iterator is a watch of its own; dropping the iterator ends it.
///
/// Survives lost connections and restarted servers. Of several quick writes to one key a bucket with a history of 1 may show the last
/// only. Keys that expire by the bucket's time to live leave silently.
public struct KeyValueWatch: AsyncSequence, Sendable {
    /// One step of a watch.
    public enum Update: Sendable, Equatable {
        /// A key has this newest entry; deletions are told only after `initialValuesDone`.
        case entry(KeyValueBucket.Entry)
        /// What came before was there already; what follows is new. Comes once.
        case initialValuesDone
    }

    public typealias Element = Update
    public typealias Failure = BusError

    let bucket: KeyValueBucket
    let pattern: String

    /// Begins to watch with the first call of `next`.
    public func makeAsyncIterator() -> Iterator {
        Iterator(reader: KeyValueReader(bucket: bucket, pattern: pattern, headersOnly: false))
    }

    /// Delivers the updates.
    public struct Iterator: AsyncIteratorProtocol {
        private let reader: KeyValueReader
        private var ready: [Update] = []

        init(reader: KeyValueReader) {
            self.reader = reader
        }

        /// The next update. Throws `BusError`: `.cancelled`, `.closed`, `.notFound` when the bucket does not exist.
        public mutating func next() async throws(BusError) -> Update? {
            while ready.isEmpty { ready = try await reader.next().reversed() }
            return ready.removeLast()
        }

        /// The next update.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(BusError) -> Update? {
            while ready.isEmpty { ready = try await reader.next().reversed() }
            return ready.removeLast()
        }
    }
}

/// The ordered consumer behind a watch.
final class KeyValueReader: Sendable {
    private enum Phase: Sendable {
        case idle
        case initial
        case following
    }

    private let bucket: KeyValueBucket
    private let engine: PullEngine
    private let phase = Mutex(Phase.idle)

    init(bucket: KeyValueBucket, pattern: String, headersOnly: Bool) {
        self.bucket = bucket
        let ordered = OrderedConsumption(
            start: .lastPerSubject, filterSubject: "$KV.\(bucket.definition.name).\(pattern)", headersOnly: headersOnly,
            restartsWhenStreamWentBack: true)
        engine = PullEngine(transport: bucket.bus.transport, stream: bucket.definition.streamName, ordered: ordered, prefetch: 512)
    }

    deinit {
        engine.closeInBackground()
    }

    /// The next updates, at least one.
    func next() async throws(BusError) -> [KeyValueWatch.Update] {
        if phase.withLock({ $0 == .idle }) {
            let pending = try await engine.start()
            phase.withLock { $0 = pending == 0 ? .following : .initial }
            if pending == 0 { return [.initialValuesDone] }
        }
        while true {
            let messages = try await engine.next(maximum: 512, wait: .seconds(3600), maximumBytes: .max)
            var updates: [KeyValueWatch.Update] = []
            for message in messages {
                let isInitial = phase.withLock { $0 == .initial }
                if let entry = bucket.entry(message), !isInitial || entry.operation == .put { updates.append(.entry(entry)) }
                if isInitial, message.metadata?.pending == 0 {
                    phase.withLock { $0 = .following }
                    updates.append(.initialValuesDone)
                }
            }
            if !updates.isEmpty { return updates }
        }
    }

    func close() async {
        await engine.close()
    }
}

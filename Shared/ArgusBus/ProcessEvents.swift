// What happens to supervised processes, as a sequence to iterate over.

public import ArgusShared
import Logging

/// Changes of supervised processes, from the stream that process-adapter writes.
///
/// ```swift
/// for try await event in ProcessEvents.subscribe(type: .crashed, on: bus) { ... }
/// ```
public enum ProcessEvents {
    /// Every event; those of the past as well, if they are wanted.
    ///
    /// - Parameters:
    ///   - since: events stored at this time or later come first; nil begins with what happens from now on.
    ///   - follows: whether the sequence goes on with what happens. If not, it ends after what is stored when it is iterated.
    public static func subscribe(on bus: Bus, since: Timestamp? = nil, follows: Bool = true) -> ProcessEventSequence {
        ProcessEventSequence(bus: bus, subject: ProcessSubject.all, since: since, follows: follows)
    }

    /// Events of one type, of any process.
    public static func subscribe(
        type: ProcessEvent.Kind, on bus: Bus, since: Timestamp? = nil, follows: Bool = true
    ) -> ProcessEventSequence {
        ProcessEventSequence(bus: bus, subject: ProcessSubject.make(type: type), since: since, follows: follows)
    }

    /// Events of one process, whatever its namespace unless one is named.
    public static func subscribe(
        process: String, namespace: String? = nil, type: ProcessEvent.Kind? = nil, on bus: Bus, since: Timestamp? = nil,
        follows: Bool = true
    ) -> ProcessEventSequence {
        let subject = ProcessSubject.make(namespace: namespace, name: process, type: type)
        return ProcessEventSequence(bus: bus, subject: subject, since: since, follows: follows)
    }
}

/// Events in the order of the stream, without gaps and repetitions however often the connection is lost. Payloads that are no events
/// are skipped and logged. Each iteration begins anew.
///
/// Iterating throws `BusError`: `.notFound` if the stream does not exist, `.cancelled`, `.closed`, `.permissionDenied`.
public struct ProcessEventSequence: AsyncSequence, Sendable {
    public typealias Element = ProcessEvent
    public typealias Failure = BusError

    let bus: Bus
    let subject: String
    let since: Timestamp?
    let follows: Bool

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        Iterator(sequence: self)
    }

    /// Reads the stream.
    public struct Iterator: AsyncIteratorProtocol {
        private static let batch = 256

        private let sequence: ProcessEventSequence
        private var consumer: OrderedConsumer?
        private var events: ArraySlice<ProcessEvent> = []
        private var isComplete = false

        init(sequence: ProcessEventSequence) {
            self.sequence = sequence
        }

        /// The next event; nil after the last one of a sequence that does not follow.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(BusError) -> ProcessEvent? {
            while true {
                if let event = events.popFirst() { return event }
                if isComplete {
                    consumer = nil
                    return nil
                }
                let reader = try await open(isolation: actor)
                if isComplete { continue }
                let messages = try await reader.next(max: Self.batch, wait: .seconds(60))
                events = messages.compactMap { sequence.event($0) }[...]
                if !sequence.follows, let last = messages.last?.metadata, last.pending == 0 { isComplete = true }
            }
        }

        private mutating func open(isolation actor: isolated (any Actor)?) async throws(BusError) -> OrderedConsumer {
            if let consumer { return consumer }
            let first = try await sequence.firstSequence()
            let made = try await sequence.bus.replay(stream: sequence.stream, subject: sequence.subject, from: first)
            if !sequence.follows, made.initiallyPending == 0 { isComplete = true }
            consumer = made
            return made
        }
    }

    private var stream: String { Streams.processEvents().name }

    private func event(_ message: BusMessage) -> ProcessEvent? {
        do {
            return try ProcessEvent(parsing: message.payload)
        } catch {
            bus.logger.warning("no process event", metadata: ["subject": "\(message.subject)", "error": "\(error)"])
            return nil
        }
    }

    /// The first sequence stored at `since` or later, found by halving; sequences grow with time, and what expired is older.
    private func firstSequence() async throws(BusError) -> UInt64 {
        let info = try await bus.streamInfo(stream)
        guard let since else { return info.lastSequence + 1 }
        var low = Swift.max(info.firstSequence, 1)
        var high = info.lastSequence + 1
        while low < high {
            let middle = low + (high - low) / 2
            let time = try await bus.message(stream: stream, sequence: middle)?.metadata?.timestamp
            if let time, time >= since { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

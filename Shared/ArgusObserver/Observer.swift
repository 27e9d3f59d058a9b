// Takes events from a program and brings them to the bus, without ever holding the program up.

public import ArgusBus
import ArgusShared
public import Logging
import Synchronization

/// Reports observation events over the bus.
///
/// An event is taken in well under a microsecond and published in the background, again and again until the bus acknowledges it; events of
/// one run arrive in the order in which they were emitted. While the bus is away, events wait in a bounded buffer. Safe to use from any
/// number of threads and tasks.
public final class Observer: Sendable {
    /// What became of the events so far.
    public struct Statistics: Sendable, Hashable {
        /// Events taken.
        public var emitted: UInt64 = 0
        /// Events that the bus acknowledged.
        public var published: UInt64 = 0
        /// Events refused because the buffer was full.
        public var dropped: UInt64 = 0
        /// Events that the bus can never take, for example because they are too large.
        public var rejected: UInt64 = 0
        /// Events that wait for the bus.
        public var buffered = 0
    }

    /// How closing an observer went.
    public struct CloseReport: Sendable {
        /// Events that were taken and could not be sent in time, those of one run in their order.
        public let unsent: [Event]
        /// The counts at the end.
        public let statistics: Statistics
    }

    private let buffer: EventBuffer
    private let counters = Counters()
    private let publisher: Publisher
    private let task: Task<[ObservationEvent], Never>
    private let dropLog: Task<Void, Never>
    private let options: ObserverOptions

    /// Begins to work at once. The stream is created if there is none for the subjects.
    ///
    /// - Parameter connection: a connection to the bus, which stays the caller's to drain, after this observer was closed.
    public init(connection: Bus, options: ObserverOptions = ObserverOptions(), logger: Logger) {
        self.options = options
        let buffer = EventBuffer(capacity: options.bufferSize)
        let counters = self.counters
        let publisher = Publisher(bus: connection, options: options, buffer: buffer, counters: counters, logger: logger)
        self.buffer = buffer
        self.publisher = publisher
        task = Task { await publisher.run() }
        dropLog = Task { await Self.logDrops(counters, every: options.dropLogInterval, logger) }
    }

    deinit {
        buffer.close()
        task.cancel()
        dropLog.cancel()
    }

    /// What became of the events so far.
    public var statistics: Statistics {
        Statistics(
            emitted: counters.emitted.load(ordering: .relaxed), published: counters.published.load(ordering: .relaxed),
            dropped: counters.dropped.load(ordering: .relaxed), rejected: counters.rejected.load(ordering: .relaxed),
            buffered: buffer.count)
    }

    /// Takes an event, or refuses it at once.
    ///
    /// - Throws: ``ObserverError``: `.invalidEvent`, `.bufferFull`, `.observerClosed`.
    public func emit(_ event: Event) throws(ObserverError) {
        try event.validate()
        switch buffer.offer(event.observation) {
        case .taken: counters.emitted.add(1, ordering: .relaxed)
        case .closed: throw .closed
        case .full:
            counters.dropped.add(1, ordering: .relaxed)
            throw .bufferFull
        }
    }

    /// Takes an event. Without `dropOnFull` this waits for space; with it, it is the same as the synchronous form.
    ///
    /// - Throws: ``ObserverError``: `.invalidEvent`, `.bufferFull`, `.observerClosed`, `.cancelled`.
    public func emit(_ event: Event) async throws(ObserverError) {
        guard !options.dropOnFull else { return try take(event) }
        try event.validate()
        while true {
            switch buffer.offer(event.observation) {
            case .taken:
                counters.emitted.add(1, ordering: .relaxed)
                return
            case .closed: throw .closed
            case .full:
                guard !Task.isCancelled else { throw ObserverError(.cancelled, "the task was cancelled while it waited for space") }
                await buffer.waitForSpace()
            }
        }
    }

    /// Refuses further events, sends those that wait, and ends.
    ///
    /// - Parameter timeout: how long sending may take.
    /// - Returns: what could not be sent. Closing again returns the same.
    @discardableResult
    public func close(timeout: Duration = .seconds(5)) async -> CloseReport {
        buffer.close()
        let unsent = await withTaskGroup(of: Void.self) { group in
            group.addTask { [task] in
                try? await Task.sleep(for: timeout)
                if !Task.isCancelled { task.cancel() }
            }
            let unsent = await task.value
            group.cancelAll()
            return unsent
        }
        dropLog.cancel()
        return CloseReport(unsent: unsent.map(Event.init), statistics: statistics)
    }

    private func take(_ event: Event) throws(ObserverError) {
        try emit(event)
    }

    private static func logDrops(_ counters: Counters, every interval: Duration, _ logger: Logger) async {
        var logged: UInt64 = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            let dropped = counters.dropped.load(ordering: .relaxed)
            guard dropped > logged else { continue }
            logger.warning("observation events were dropped: the buffer is full", metadata: ["dropped": "\(dropped - logged)"])
            logged = dropped
        }
    }
}

/// Counts of events.
final class Counters: Sendable {
    let emitted = Atomic<UInt64>(0)
    let published = Atomic<UInt64>(0)
    let dropped = Atomic<UInt64>(0)
    let rejected = Atomic<UInt64>(0)
}

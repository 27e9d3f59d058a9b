// The events of one partition that wait for the bus: bounded, in order, taken a message at a time.

import DequeModule

/// A queue without any concurrency of its own.
struct PartitionQueue {
    /// How much may wait.
    struct Bounds: Sendable {
        var events = 20_000
        var bytes = 32 << 20
    }

    /// Something that waits.
    struct Entry {
        var chunk: EventChunk
        var ticket: CommitTicket
        /// The chunk's index on the ticket.
        var index: Int
        var traceparent: String?
    }

    private let bounds: Bounds
    private var entries: Deque<Entry> = []
    /// Events waiting.
    private(set) var events = 0
    /// Bytes waiting.
    private(set) var bytes = 0

    init(bounds: Bounds) {
        self.bounds = bounds
    }

    var isEmpty: Bool { events == 0 }

    /// Whether what waits is enough for a whole message.
    var fillsMessage: Bool { events >= MessageLimits.events || bytes >= MessageLimits.bytes }

    /// Adds an entry, unless that exceeds a bound.
    mutating func append(_ entry: Entry) -> Bool {
        guard events + entry.chunk.count <= bounds.events, bytes + entry.chunk.lines.count <= bounds.bytes else { return false }
        entries.append(entry)
        events += entry.chunk.count
        bytes += entry.chunk.lines.count
        return true
    }

    /// Takes as much from the front as a message carries, at least one entry if there is any.
    mutating func takeMessage() -> [Entry] {
        var taken: [Entry] = []
        var takenEvents = 0
        var takenBytes = 0
        while let entry = entries.first {
            let chunk = entry.chunk
            let fits = takenEvents + chunk.count <= MessageLimits.events && takenBytes + chunk.lines.count <= MessageLimits.bytes
            guard taken.isEmpty || fits else { break }
            takenEvents += chunk.count
            takenBytes += chunk.lines.count
            taken.append(entry)
            entries.removeFirst()
        }
        events -= takenEvents
        bytes -= takenBytes
        return taken
    }

    /// Takes everything.
    mutating func takeAll() -> [Entry] {
        defer { (entries, events, bytes) = ([], 0, 0) }
        return Array(entries)
    }
}

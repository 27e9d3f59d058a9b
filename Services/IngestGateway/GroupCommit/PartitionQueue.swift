// The events of one partition that wait for the bus: bounded, in order, taken a message at a time.

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
    private var entries: [Entry] = []
    /// The first that was not taken; what is before it waits for its removal.
    private var head = 0
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
        while head < entries.count {
            let chunk = entries[head].chunk
            let fits = takenEvents + chunk.count <= MessageLimits.events && takenBytes + chunk.lines.count <= MessageLimits.bytes
            guard taken.isEmpty || fits else { break }
            takenEvents += chunk.count
            takenBytes += chunk.lines.count
            taken.append(entries[head])
            head += 1
        }
        removed(events: takenEvents, bytes: takenBytes)
        return taken
    }

    /// Takes everything.
    mutating func takeAll() -> [Entry] {
        let taken = Array(entries[head...])
        head = entries.count
        removed(events: events, bytes: bytes)
        return taken
    }

    private mutating func removed(events: Int, bytes: Int) {
        self.events -= events
        self.bytes -= bytes
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
    }
}

// Encoded events of one request and one partition that travel together.

/// Newline-delimited events.
struct EventChunk: Sendable, Equatable {
    var partition: Int
    /// Each event's JSON and a newline.
    var lines: [UInt8]
    /// How many events.
    var count: Int
}

/// How much one message carries.
enum MessageLimits {
    static let events = 500
    static let bytes = 1 << 20
}

/// Cuts the events of one request into chunks, by partition and by what a message carries, keeping their order within a partition.
struct ChunkAssembler {
    private(set) var chunks: [EventChunk] = []
    private var open: [Int: Int] = [:]

    /// Adds an event's line and returns the index of the chunk that it is in.
    mutating func append(_ line: some Collection<UInt8>, partition: Int) -> Int {
        if let index = open[partition], chunks[index].count < MessageLimits.events,
            chunks[index].lines.count + line.count <= MessageLimits.bytes
        {
            chunks[index].lines.append(contentsOf: line)
            chunks[index].count += 1
            return index
        }
        chunks.append(EventChunk(partition: partition, lines: Array(line), count: 1))
        open[partition] = chunks.count - 1
        return chunks.count - 1
    }
}

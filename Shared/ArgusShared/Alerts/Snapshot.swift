// A partition's live state as it lies in `ARGUS_SNAPSHOTS`: a manifest and chunks.

/// What `argus.snapshots.<partition>.manifest` says. It is published after its chunks, so that it never names one that is missing.
public struct SnapshotManifest: Sendable, Equatable {
    public var partition: Int
    /// Names the chunks' subjects: what a subject's token may hold.
    public var id: String
    /// Chunks are numbered from 0.
    public var chunkCount: Int
    /// Alerts in all chunks.
    public var alertCount: Int
    /// The stream sequence in `ARGUS_ALERTS` of the last commit of the partition that is contained; 0 before the first.
    public var commitSequence: UInt64
    /// The sequence in the partition's event stream up to which events are contained.
    public var inputSequence: UInt64
    /// The state machine's clock.
    public var clock: Timestamp
    /// The ordinal of the next alert.
    public var nextOrdinal: Int64
    public var createdAt: Timestamp

    /// A manifest.
    public init(
        partition: Int, id: String, chunkCount: Int, alertCount: Int, commitSequence: UInt64, inputSequence: UInt64, clock: Timestamp,
        nextOrdinal: Int64, createdAt: Timestamp
    ) {
        self.partition = partition
        self.id = id
        self.chunkCount = chunkCount
        self.alertCount = alertCount
        self.commitSequence = commitSequence
        self.inputSequence = inputSequence
        self.clock = clock
        self.nextOrdinal = nextOrdinal
        self.createdAt = createdAt
    }

    /// The message's payload.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("partition")
        writer.integer(partition)
        writer.key("id")
        writer.string(id)
        writer.key("chunks")
        writer.integer(chunkCount)
        writer.key("alerts")
        writer.integer(alertCount)
        writer.key("commit_sequence")
        writer.integer(commitSequence)
        writer.key("input_sequence")
        writer.integer(inputSequence)
        writer.key("clock")
        writer.integer(clock.milliseconds)
        writer.key("next_ordinal")
        writer.integer(nextOrdinal)
        writer.key("created_at")
        writer.integer(createdAt.milliseconds)
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `encoded()` made.
    public init(_ payload: [UInt8]) throws {
        let zero = Timestamp(milliseconds: 0)
        self.init(
            partition: -1, id: "", chunkCount: 0, alertCount: 0, commitSequence: 0, inputSequence: 0, clock: zero, nextOrdinal: 0,
            createdAt: zero)
        try JSONReader.read(payload) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "partition": partition = Int(clamping: try reader.readInteger())
                case "id": id = try reader.readString()
                case "chunks": chunkCount = Int(clamping: try reader.readInteger())
                case "alerts": alertCount = Int(clamping: try reader.readInteger())
                case "commit_sequence": commitSequence = UInt64(clamping: try reader.readInteger())
                case "input_sequence": inputSequence = UInt64(clamping: try reader.readInteger())
                case "clock": clock = try reader.readMilliseconds()
                case "next_ordinal": nextOrdinal = try reader.readInteger()
                case "created_at": createdAt = try reader.readMilliseconds()
                default: try reader.skipValue()
                }
            }
            guard partition >= 0, !id.isEmpty, chunkCount >= 0 else { throw reader.error(.wrongType(expected: "a snapshot's manifest")) }
        }
    }
}

/// One chunk of a snapshot: newline-delimited alerts.
public enum SnapshotChunk {
    /// Appends one alert; a chunk is what a writer collected.
    public static func append(_ alert: Alert, to writer: inout JSONWriter) {
        alert.writeRecord(to: &writer)
        writer.newline()
    }

    /// Reads a chunk.
    public static func read(_ payload: [UInt8]) throws -> [Alert] {
        try payload.withUnsafeBufferPointer { buffer in
            var alerts: [Alert] = []
            var start = 0
            while start < buffer.count {
                let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) ?? buffer.count
                if end > start {
                    let line = UnsafeBufferPointer(rebasing: buffer[start..<end])
                    alerts.append(try JSONReader.read(line) { try Alert(record: &$0) })
                }
                start = end + 1
            }
            return alerts
        }
    }
}

// How a partition's live alerts are kept outside the commit log: chunks of records, and a manifest that tells what they are.

/// What a complete snapshot consists of: the payload of `Subjects.snapshotManifest`. It is written last.
public struct SnapshotManifest: Sendable, Equatable {
    /// One message of the snapshot.
    public struct Chunk: Sendable, Equatable {
        public var bytes: Int
        /// `SnapshotChunk.checksum` of the payload.
        public var checksum: UInt64

        /// The description of `payload`.
        public init(of payload: [UInt8]) {
            bytes = payload.count
            checksum = SnapshotChunk.checksum(payload)
        }

        init(bytes: Int, checksum: UInt64) {
            self.bytes = bytes
            self.checksum = checksum
        }
    }

    public var id: String
    public var partition: Int
    /// Who wrote it.
    public var owner: String
    /// The commit after which the partition was like this.
    public var commitSequence: UInt64
    /// As in that commit.
    public var inputSequence: UInt64
    /// As in that commit.
    public var inputOffset = 0
    public var clock: Timestamp
    public var nextOrdinal: Int64
    public var createdAt: Timestamp
    /// Alerts in all chunks.
    public var alerts = 0
    /// The stream sequence of the first chunk, 0 if there is none: what is older belongs to older snapshots.
    public var firstSequence: UInt64 = 0
    public var chunks: [Chunk] = []

    /// A manifest without chunks yet.
    public init(
        id: String, partition: Int, owner: String, commitSequence: UInt64, inputSequence: UInt64, inputOffset: Int, clock: Timestamp,
        nextOrdinal: Int64, createdAt: Timestamp
    ) {
        self.id = id
        self.partition = partition
        self.owner = owner
        self.commitSequence = commitSequence
        self.inputSequence = inputSequence
        self.inputOffset = inputOffset
        self.clock = clock
        self.nextOrdinal = nextOrdinal
        self.createdAt = createdAt
    }
}

/// The payload of a chunk: alert records, newline-delimited.
public enum SnapshotChunk {
    /// Bytes at which a chunk is complete.
    public static let targetBytes = 512 * 1024

    /// 64-bit FNV-1a: finds what was cut off or mixed up.
    public static func checksum(_ payload: [UInt8]) -> UInt64 {
        payload.withUnsafeBufferPointer { bytes in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            return hash
        }
    }

    /// The alerts of a chunk.
    public static func decode(_ payload: [UInt8]) throws -> [Alert] {
        try payload.withUnsafeBufferPointer { buffer in
            var alerts: [Alert] = []
            var start = 0
            while start < buffer.count {
                let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) ?? buffer.count
                alerts.append(try JSONReader.read(UnsafeBufferPointer(rebasing: buffer[start..<end])) { try Alert(record: &$0) })
                start = end + 1
            }
            return alerts
        }
    }
}

// MARK: - JSON

extension SnapshotManifest {
    /// The message's payload.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + chunks.count * 48)
        writer.beginObject()
        writer.string("id", id)
        writer.integer("partition", partition)
        writer.string("owner", owner)
        writer.integer("commit_sequence", commitSequence)
        writer.integer("input_sequence", inputSequence)
        writer.integer("input_offset", inputOffset)
        writer.integer("clock", clock.milliseconds)
        writer.integer("next_ordinal", nextOrdinal)
        writer.integer("created_at", createdAt.milliseconds)
        writer.integer("alerts", alerts)
        writer.integer("first_sequence", firstSequence)
        writer.key("chunks")
        writer.beginArray()
        for chunk in chunks {
            writer.beginObject()
            writer.integer("bytes", chunk.bytes)
            writer.string("checksum", String(chunk.checksum, radix: 16))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `encoded()` made.
    public init(_ payload: [UInt8]) throws {
        let zero = Timestamp(milliseconds: 0)
        self.init(
            id: "", partition: -1, owner: "", commitSequence: 0, inputSequence: 0, inputOffset: 0, clock: zero, nextOrdinal: 0,
            createdAt: zero)
        try JSONReader.read(payload) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "id": id = try reader.readString()
                case "partition": partition = Int(try reader.readInteger())
                case "owner": owner = try reader.readString()
                case "commit_sequence": commitSequence = UInt64(clamping: try reader.readInteger())
                case "input_sequence": inputSequence = UInt64(clamping: try reader.readInteger())
                case "input_offset": inputOffset = Int(try reader.readInteger())
                case "clock": clock = try reader.readMilliseconds()
                case "next_ordinal": nextOrdinal = try reader.readInteger()
                case "created_at": createdAt = try reader.readMilliseconds()
                case "alerts": alerts = Int(try reader.readInteger())
                case "first_sequence": firstSequence = UInt64(clamping: try reader.readInteger())
                case "chunks": try reader.readArray { reader, _ in chunks.append(try Chunk(from: &reader)) }
                default: try reader.skipValue()
                }
            }
            guard partition >= 0, !id.isEmpty else { throw reader.error(.wrongType(expected: "a manifest with id and partition")) }
        }
    }
}

extension SnapshotManifest.Chunk {
    init(from reader: inout JSONReader) throws {
        self.init(bytes: -1, checksum: 0)
        try reader.readObject { reader, key in
            switch key {
            case "bytes": bytes = Int(try reader.readInteger())
            case "checksum":
                let start = reader
                guard let value = UInt64(try reader.readString(), radix: 16) else {
                    throw start.error(.wrongType(expected: "a checksum"))
                }
                checksum = value
            default: try reader.skipValue()
            }
        }
    }
}

// Stores a batch of logs.

import ArgusStorage

/// The transaction of one batch. Made and used inside the transaction.
struct LogTransaction {
    private let batch: LogBatch
    private let options: TelemetryStoreOptions
    private let now: Int64
    private let connection: any SQLConnection
    private var sequence: TelemetrySequence

    /// Waits for the writer before.
    init(_ batch: LogBatch, options: TelemetryStoreOptions, now: Int64, _ connection: any SQLConnection) throws {
        self.batch = batch
        self.options = options
        self.now = now
        self.connection = connection
        sequence = try TelemetrySequence.take(connection)
    }

    /// Stores the messages that are new.
    mutating func run() throws -> LogWriteResult {
        let known = try knownMessages()
        let duplicates = known.reduce(0) { $0 + batch.records[$1] }
        let sealed = batch.seal(excludingMessages: known)
        guard sealed.count > 0 else { return LogWriteResult(duplicates: duplicates) }

        sequence.lastSegment += 1
        let segment = sequence.lastSegment
        let messages = candidates.filter { !known.contains($0) }
        let insert = SegmentInsert(
            id: segment, signal: .logs, receivedAt: now, sealed: sealed, otherBytes: messages.count * Self.messageBytes)
        try insert.run(options: options, connection)
        try connection.insert(
            into: "log_messages", columns: ["sequence", "published", "segment_id"],
            rows: messages.map { identity(of: $0) + [.integer(segment)] })
        try RollupWriter(connection).add(sealed.rollups)
        sequence.bytes += insert.bytes(connection.dialect)
        sequence.logs += Int64(sealed.count)
        try sequence.save(connection)
        return LogWriteResult(segment: segment, inserted: sealed.count, duplicates: duplicates)
    }

    /// The messages with records, by their places in the batch.
    private var candidates: [Int] {
        batch.messages.indices.filter { batch.records[$0] > 0 }
    }

    /// Those of them that are stored already.
    private func knownMessages() throws -> Set<Int> {
        let places = candidates
        let found = try connection.lookUp(
            ["sequence", "published"], in: "log_messages", by: ["sequence", "published"], places.map { identity(of: $0) }
        ) { [.integer(try $0.integer(0)), .integer(try $0.integer(1))] as [SQLValue] }
        guard !found.isEmpty else { return [] }
        let known = Set(found)
        return Set(places.filter { known.contains(identity(of: $0)) })
    }

    private func identity(of place: Int) -> [SQLValue] {
        [.integer(Int64(clamping: batch.messages[place].sequence)), .integer(batch.messages[place].published)]
    }

    /// What a row of `log_messages` takes, with its index.
    private static let messageBytes = 40
}

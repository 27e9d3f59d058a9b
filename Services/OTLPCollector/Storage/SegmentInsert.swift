// Writes a segment: its row, its body and its words.

import ArgusStorage

/// A segment as it is written.
struct SegmentInsert {
    let id: Int64
    let signal: OTLPSignal
    /// Unix milliseconds.
    let receivedAt: Int64
    let sealed: SealedSegment
    /// What rows beside the segment's own take, in bytes.
    let otherBytes: Int

    /// An estimate of what the segment takes of the database, with indexes.
    func bytes(_ dialect: Dialect) -> Int64 {
        Int64(sealed.body.count + otherBytes + 200) + TextIndex.bytes(of: sealed.terms.text, dialect)
    }

    /// Writes it, in a transaction that has taken the sequence.
    func run(options: TelemetryStoreOptions, _ connection: any SQLConnection) throws {
        try connection.insert(
            into: "segments", columns: ["id", "signal", "received_at", "min_time", "max_time", "items", "bytes"],
            rows: [
                [
                    .integer(id), .integer(Int64(signal.rawValue)), .integer(receivedAt), .integer(sealed.minTime),
                    .integer(sealed.maxTime), .integer(Int64(sealed.count)), .integer(bytes(connection.dialect)),
                ]
            ])
        try connection.insert(
            into: "segment_bodies", columns: ["segment_id", "body"], rows: [[.integer(id), .blob(sealed.body)]])
        try TextGenerations.insert(segment: id, sealed.terms, options: options, now: receivedAt, connection)
    }
}

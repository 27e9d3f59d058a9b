// The text index, cut into tables that are thrown away whole.

import ArgusStorage

/// The tables of the text index, one after the other: segments are added to the newest, until it is full.
///
/// Merging, which an index of words does all the time, never gets larger than one table, so writing costs the same over any number of
/// segments. And deleting is dropping a table once all its segments are gone, which costs next to nothing and needs none of the words.
/// Until then it answers with segments that are gone; they have no row in `segments`.
enum TextGenerations {
    /// How long a table stays after nobody may begin to use it, for those who are using it; milliseconds.
    static let grace: Int64 = 60_000

    /// A table's row.
    private struct Generation {
        var id: Int64
        var bytes: Int64
        var createdAt: Int64
    }

    /// The tables that questions must be put to, newest first.
    static func indexes(_ connection: any SQLConnection) throws -> [TextIndex] {
        try connection.query("SELECT id FROM text_indexes WHERE retired_at IS NULL ORDER BY id DESC") { index(try $0.integer(0)) }
    }

    /// Adds a segment's words, in a transaction that has taken the sequence.
    static func insert(
        segment: Int64, _ terms: SegmentTerms, options: TelemetryStoreOptions, now: Int64, _ connection: any SQLConnection
    ) throws {
        let bytes = Int64(terms.text.utf8.count)
        let newest = try connection.first(
            "SELECT id, bytes, created_at FROM text_indexes WHERE retired_at IS NULL ORDER BY id DESC LIMIT 1"
        ) { Generation(id: try $0.integer(0), bytes: try $0.integer(1), createdAt: try $0.integer(2)) }
        let id: Int64
        if let newest, newest.bytes < options.textIndexBytes, now - newest.createdAt < options.textIndexAge.wholeMilliseconds {
            id = newest.id
            try connection.execute(
                "UPDATE text_indexes SET last_segment = ?, bytes = ? WHERE id = ?",
                [.integer(segment), .integer(newest.bytes + bytes), .integer(id)])
        } else {
            // Numbers of segments are never used again, and so neither are names of tables.
            id = segment
            try index(id).create(on: connection)
            try connection.insert(
                into: "text_indexes", columns: ["id", "first_segment", "last_segment", "bytes", "created_at"],
                rows: [[.integer(id), .integer(segment), .integer(segment), .integer(bytes), .integer(now)]])
        }
        try index(id).insert(segment, words: terms.text, isComplete: !terms.isTruncated, on: connection)
    }

    /// Takes tables whose segments are all gone out of use.
    ///
    /// - Parameter oldest: the oldest segment there is.
    static func retire(before oldest: Int64, now: Int64, _ connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE text_indexes SET retired_at = ? WHERE retired_at IS NULL AND last_segment < ?", [.integer(now), .integer(oldest)])
    }

    /// Whether there is a table to be dropped.
    static func hasDroppable(now: Int64, _ connection: any SQLConnection) throws -> Bool {
        try droppable(now: now, connection) != nil
    }

    /// Drops one table that has been out of use for a while; false if there is none.
    static func dropOne(now: Int64, _ connection: any SQLConnection) throws -> Bool {
        guard let id = try droppable(now: now, connection) else { return false }
        try index(id).drop(on: connection)
        try connection.execute("DELETE FROM text_indexes WHERE id = ?", [.integer(id)])
        return true
    }

    /// The table that begins with a segment.
    static func index(_ id: Int64) -> TextIndex {
        TextIndex("segment_words_\(id)")
    }

    private static func droppable(now: Int64, _ connection: any SQLConnection) throws -> Int64? {
        try connection.first(
            "SELECT id FROM text_indexes WHERE retired_at IS NOT NULL AND retired_at <= ? ORDER BY id LIMIT 1", [.integer(now - grace)]
        ) { try $0.integer(0) }
    }
}

extension Duration {
    /// The duration in whole milliseconds.
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

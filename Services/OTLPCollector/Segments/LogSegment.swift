// A stored segment of log records.

import ArgusOTLP

/// Reads the body of a segment of log records. Opening it reads the tables of strings and attributes; records are decoded when asked for.
struct LogSegment: Sendable {
    /// A record that meets conditions.
    struct Match: Sendable, Hashable {
        /// Place in the segment: see ``LogID``.
        var index: Int
        /// Unix nanoseconds.
        var time: Int64
    }

    let id: Int64
    /// How many records it holds; their places are `0..<count`, ordered by time.
    let count: Int

    /// Throws ``SegmentError`` if the body is damaged or of a later version.
    init(id: Int64, body: [UInt8]) throws {
        self.id = id
        count = 0
    }

    /// The record at a place; throws ``SegmentError`` if there is none.
    func record(at index: Int) throws -> LogRecord {
        throw SegmentError("no such record")
    }

    /// All records in order of time.
    func forEachRecord(_ body: (LogRecord) throws -> Void) throws {}

    /// The records that meet all conditions, in order of time.
    func matches(_ filter: LogFilter) throws -> [Match] {
        []
    }
}

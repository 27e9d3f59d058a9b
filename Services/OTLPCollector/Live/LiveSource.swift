// Reads stored logs in the order in which they were stored.

import ArgusStorage

/// Where live logs come from.
protocol LiveSource: Sendable {
    /// Which segments there are.
    func bounds() async throws -> LiveBounds

    /// Logs beyond a position, segment by segment.
    func page(after position: LogID) async throws -> LivePage
}

/// The first segment that is kept (the next one where none is), and the last that was stored (0 where none was).
struct LiveBounds: Sendable, Hashable {
    var first: Int64
    var last: Int64
}

/// Some segments of logs.
struct LivePage: Sendable {
    var segments: [LogSegment] = []
    /// Everything up to here is in this page or the ones before.
    var position: LogID
    /// There may be more.
    var isFull = false
}

extension LogID {
    /// The last place of a segment, whether it is taken or not.
    static func end(of segment: Int64) -> LogID {
        LogID(segment: segment, index: LogID.indexLimit - 1)
    }
}

/// Live logs from the database. Segments are numbered in the order of their commits.
struct StoredLiveSource: LiveSource {
    /// Segments in a page: with at most some thousand logs each, a few megabytes.
    private static let pageSize = 8

    let database: any Database

    func bounds() async throws -> LiveBounds {
        try await database.read { connection in
            let first = try connection.first("SELECT min(id) FROM segments") { try $0.optionalInteger(0) } ?? nil
            let last = try Self.last(connection)
            return LiveBounds(first: first ?? last + 1, last: last)
        }
    }

    func page(after position: LogID) async throws -> LivePage {
        try await database.read { connection in
            let last = try Self.last(connection)
            let ids = try connection.query(
                "SELECT id FROM segments WHERE id >= ? AND signal = \(SegmentRow.logs) ORDER BY id LIMIT \(Self.pageSize)",
                [.integer(position.segment)]
            ) { try $0.integer(0) }
            var page = LivePage(position: max(position, .end(of: last)))
            if ids.count == Self.pageSize, let final = ids.last {
                page.position = max(position, .end(of: final))
                page.isFull = true
            }
            for id in ids where position < .end(of: id) {
                guard let body = try SegmentReader.body(id, connection) else { continue }
                page.segments.append(try LogSegment(id: id, body: body))
            }
            return page
        }
    }

    private static func last(_ connection: any SQLConnection) throws -> Int64 {
        try connection.first("SELECT last_segment FROM telemetry_sequence WHERE id = 1") { try $0.integer(0) } ?? 0
    }
}

/// Makes entries of segments: what several clients want is decoded and written once.
struct LiveEncoder {
    private let segment: LogSegment
    private var made: [Int: LiveEntry] = [:]
    private var found: [LogFilter: [Int]] = [:]

    init(_ segment: LogSegment) {
        self.segment = segment
    }

    /// The entries beyond a position that meet a filter, in order.
    mutating func entries(_ filter: LogFilter, after position: LogID) throws -> [LiveEntry] {
        let places = try found[filter] ?? segment.matches(filter).map(\.index).sorted()
        found[filter] = places
        return try places.compactMap { index in
            LogID(segment: segment.id, index: index) > position ? try entry(index) : nil
        }
    }

    private mutating func entry(_ index: Int) throws -> LiveEntry {
        if let entry = made[index] { return entry }
        let entry = LiveEntry(id: LogID(segment: segment.id, index: index), json: LogBodies.log(try segment.record(at: index)))
        made[index] = entry
        return entry
    }
}

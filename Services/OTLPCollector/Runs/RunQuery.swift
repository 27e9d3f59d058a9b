// Reads the queries about runs, and says what is wrong with them.

import ArgusService

/// A checked query of `GET /api/runs`.
struct RunQuery: Sendable {
    static let defaultLimit = 50
    static let maximumLimit = 500
    private static let filters = ["client", "workflow", "run", "status"]

    /// Runs that began in it.
    var range: TimeRange
    var client: String?
    var workflow: String?
    var run: String?
    var statuses: [RunStatus] = []
    var isDescending = true
    var limit = RunQuery.defaultLimit
    var cursor: PageCursor?
    /// Ties cursors to the list they came from.
    var scope: UInt32 = 0

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems, now: Int64 = TimeRange.now()) throws {
        let listed = Self.filters + TimeRange.parameters + ["sort"]
        let reader = try QueryReader(items, allowed: listed + ["limit", "cursor"])
        scope = reader.fingerprint(of: listed)
        cursor = try reader.cursor(scope: scope)
        range = try TimeRange(runs: reader, now: now)
        if let cursor { range = cursor.range }
        client = try reader.single("client")
        workflow = try reader.single("workflow")
        run = try reader.single("run")
        statuses = try reader.all("status", atMost: RunStatus.allCases.count).map { text in
            guard let status = RunStatus(rawValue: text) else {
                let known = RunStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw QueryReader.malformed("status", "must be one of \(known)")
            }
            return status
        }
        switch try reader.single("sort") {
        case nil, "-start": break
        case "start": isDescending = false
        default: throw QueryReader.malformed("sort", "must be start, or -start for the newest first")
        }
        limit = try reader.limit(default: Self.defaultLimit, maximum: Self.maximumLimit)
    }
}

/// A checked query of `GET /api/workflows`.
struct WorkflowQuery: Sendable {
    /// Runs that began in it.
    var range: TimeRange
    var client: String?
    var workflow: String?

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems, now: Int64 = TimeRange.now()) throws {
        let reader = try QueryReader(items, allowed: ["client", "workflow"] + TimeRange.parameters)
        range = try TimeRange(runs: reader, now: now)
        client = try reader.single("client")
        workflow = try reader.single("workflow")
    }
}

extension TimeRange {
    /// As for telemetry, but the last day where a question names no time: runs are fewer, and last longer.
    init(runs reader: QueryReader, now: Int64) throws {
        let isOpen = try Self.parameters.allSatisfy { try reader.single($0) == nil }
        self = isOpen ? TimeRange(start: now - 86_400 * Self.nanosecondsPerSecond, end: now) : try TimeRange(reader, now: now)
    }

    /// The first milliseconds that are not before the start and not before the end.
    var milliseconds: (start: Int64, end: Int64) {
        func ceiling(_ nanoseconds: Int64) -> Int64 {
            let floor = RollupRange.floor(nanoseconds, 1_000_000)
            return floor / 1_000_000 + (floor == nanoseconds ? 0 : 1)
        }
        return (ceiling(start), ceiling(end))
    }
}

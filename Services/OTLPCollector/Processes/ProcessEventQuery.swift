// Reads the query about changes of processes, and says what is wrong with it.

import ArgusService
import ArgusShared

/// A checked query of `GET /api/processes/events`.
struct ProcessEventQuery: Sendable {
    static let defaultLimit = 100
    static let maximumLimit = 1000
    static let maximumProcesses = 100

    /// When changes were seen; the last day where a question names no time.
    var range: TimeRange
    /// `namespace/name`, or the name alone.
    var processes: Set<String>
    var kinds: Set<ProcessEvent.Kind>
    var limit: Int
    var cursor: PageCursor?
    /// Ties cursors to the list they came from.
    var scope: UInt32

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems, now: Int64 = TimeRange.now()) throws {
        let listed = ["process", "type"] + TimeRange.parameters
        let reader = try QueryReader(items, allowed: listed + ["limit", "cursor"])
        scope = reader.fingerprint(of: listed)
        cursor = try reader.cursor(scope: scope)
        range = try TimeRange(runs: reader, now: now)
        if let cursor { range = cursor.range }
        processes = Set(try reader.all("process", atMost: Self.maximumProcesses))
        kinds = Set(
            try reader.all("type", atMost: ProcessEvent.Kind.allCases.count).map { text in
                guard let kind = ProcessEvent.Kind(rawValue: text) else {
                    let known = ProcessEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw QueryReader.malformed("type", "must be one of \(known)")
                }
                return kind
            })
        limit = try reader.limit(default: Self.defaultLimit, maximum: Self.maximumLimit)
    }

    /// What the history is asked for.
    var filter: EventHistory.Filter {
        let (start, end) = range.milliseconds
        return EventHistory.Filter(
            processes: processes, kinds: kinds, times: start..<max(start, end), before: cursor.map { UInt64(bitPattern: $0.rank) } ?? .max)
    }

    /// The cursor of the page that follows.
    func next(after last: EventHistory.Entry) -> String {
        PageCursor(rank: Int64(bitPattern: last.sequence), id: 0, range: range).encoded(scope: scope)
    }
}

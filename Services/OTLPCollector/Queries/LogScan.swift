// Merges the logs of segments into one list by time.

import ArgusOTLP
import ArgusStorage

/// One pass over logs in a direction, beginning after a place.
///
/// Segments are read by their newest (or oldest) time; a log is final when no segment that is left can hold one before it.
struct LogScan {
    enum Direction: Sendable {
        case newestFirst, oldestFirst

        /// Whether nothing that is still to come, which begins at a time, can be before this place.
        func isFinal(_ place: Place, _ horizon: Int64) -> Bool {
            self == .newestFirst ? place.time > horizon : place.time < horizon
        }

        func precedes(_ left: Place, _ right: Place) -> Bool {
            self == .newestFirst ? left > right : left < right
        }
    }

    /// A place in the order of logs.
    struct Place: Sendable, Comparable {
        var time: Int64
        var id: Int64

        static func < (left: Place, right: Place) -> Bool {
            (left.time, left.id) < (right.time, right.id)
        }
    }

    struct Result: Sendable {
        var logs: [LogRecord] = []
        /// Where the next page begins; nil after the last one.
        var next: Place?
        var isTruncated = false
    }

    let condition: LogCondition
    let direction: Direction
    let limit: Int
    let limits: QueryLimits
    var after: Place?

    private var found: [(place: Place, record: LogRecord)] = []

    init(_ condition: LogCondition, direction: Direction = .newestFirst, after: Place? = nil, limit: Int, limits: QueryLimits) {
        self.condition = condition
        self.direction = direction
        self.after = after
        self.limit = limit
        self.limits = limits
    }

    /// The first logs after the place.
    mutating func run(_ connection: any SQLConnection) throws -> Result {
        let filter = condition.filter
        let segments = try SegmentReader.segments(
            SegmentRow.logs, in: rest, terms: TextQuestion(filter.terms), order: direction, limit: limits.segments + 1, connection)
        let deadline = ContinuousClock.now + limits.patience
        var result = Result()
        for (index, segment) in segments.enumerated() {
            let horizon = direction == .newestFirst ? segment.maximumTime : segment.minimumTime
            if found.count > limit, direction.isFinal(found[limit].place, horizon) { break }
            if index == limits.segments || ContinuousClock.now > deadline {
                result.isTruncated = true
                found.removeAll { [direction] in !direction.isFinal($0.place, horizon) }
                let place = Place(time: horizon, id: direction == .newestFirst ? .max : .min)
                // Segments that all overlap each other get nowhere.
                result.next = place == after ? nil : place
                break
            }
            guard let body = try SegmentReader.body(segment.id, connection) else { continue }
            try add(LogSegment(id: segment.id, body: body), filter)
        }
        if found.count > limit { result.next = found[limit - 1].place }
        result.logs = found.prefix(limit).map(\.record)
        return result
    }

    /// What is left of the range after the place.
    private var rest: TimeRange {
        var range = condition.range
        guard let after else { return range }
        switch direction {
        case .newestFirst: range.end = min(range.end, after.time == .max ? .max : after.time + 1)
        case .oldestFirst: range.start = max(range.start, after.time)
        }
        return range
    }

    /// Takes from a segment what may be on the page. Only that is decoded.
    private mutating func add(_ segment: LogSegment, _ filter: LogFilter) throws {
        var places: [(place: Place, index: Int)] = []
        for match in try segment.matches(filter) {
            let place = Place(time: match.time, id: LogID(segment: segment.id, index: match.index).value)
            if after.map({ direction.precedes($0, place) }) ?? true { places.append((place, match.index)) }
        }
        places.sort { direction.precedes($0.place, $1.place) }
        if found.count > limit { places.removeAll { direction.precedes(found[limit].place, $0.place) } }
        for (place, index) in places.prefix(limit + 1) { found.append((place, try segment.record(at: index))) }
        found.sort { [direction] in direction.precedes($0.place, $1.place) }
        if found.count > limit + 1 { found.removeLast(found.count - limit - 1) }
    }
}

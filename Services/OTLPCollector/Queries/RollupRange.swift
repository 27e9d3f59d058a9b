// Which rollup rows belong to a range, and what they really cover.

import ArgusStorage

/// A range in the whole buckets that rollups are kept in.
///
/// Every fact is in a row of exactly one step, so that rows of all steps are summed. At the old end a coarser row may begin before
/// the range: it is counted whole, and the answer says from when.
struct RollupRange: Sendable {
    /// The seconds of a row's bucket, by age.
    static let steps: [Int64] = [10, 60, 3600]

    let range: TimeRange
    /// The first second covered.
    private(set) var start: Int64
    /// The second after the last one covered.
    private(set) var end: Int64
    /// The seconds of the coarsest row found.
    private(set) var resolution: Int64 = 10

    init(_ range: TimeRange) {
        self.range = range
        start = Self.floor(range.start / TimeRange.nanosecondsPerSecond, 10)
        end = Self.floor((range.end - 1) / TimeRange.nanosecondsPerSecond, 10) + 10
    }

    /// Seconds that passed in what is covered.
    func seconds(now: Int64 = TimeRange.now()) -> Double {
        Double(max(min(end, now / TimeRange.nanosecondsPerSecond) - start, 1))
    }

    /// The seconds of the coarsest row that a table has for the range.
    func resolution(of table: String, _ connection: any SQLConnection) throws -> Int64 {
        for step in Self.steps.reversed().dropLast() {
            let (first, last) = buckets(step)
            let row = try connection.first(
                "SELECT 1 FROM \(table) WHERE step = \(step) AND bucket >= ? AND bucket < ? LIMIT 1", [.integer(first), .integer(last)]
            ) { _ in true }
            if row != nil { return step }
        }
        return Self.steps[0]
    }

    /// A number of seconds that whole rows fit into: at least `step`.
    static func step(_ step: Int64, resolution: Int64) -> Int64 {
        (max(step, resolution) + resolution - 1) / resolution * resolution
    }

    /// Notes that a row is counted.
    mutating func count(step: Int64, bucket: Int64) {
        resolution = max(resolution, step)
        start = min(start, bucket)
        end = max(end, bucket + step)
    }

    /// A statement that runs over the rows of the range, one arm for each step.
    ///
    /// - Parameters:
    ///   - columns: What to select.
    ///   - table: A table with the columns `step` and `bucket`.
    ///   - filter: Further conditions, each with its parameter.
    ///   - suffix: What ends an arm, such as a grouping.
    func statement(
        _ columns: String, from table: String, filter: [(condition: String, value: SQLValue)] = [], suffix: String = ""
    ) -> (sql: String, parameters: [SQLValue]) {
        var arms: [String] = []
        var parameters: [SQLValue] = []
        for step in Self.steps {
            let conditions = filter.map { " AND \($0.condition)" }.joined()
            arms.append("SELECT \(columns) FROM \(table) WHERE step = \(step) AND bucket >= ? AND bucket < ?\(conditions)\(suffix)")
            let (first, last) = buckets(step)
            parameters += [.integer(first), .integer(last)] + filter.map(\.value)
        }
        return (arms.joined(separator: " UNION ALL "), parameters)
    }

    /// The first bucket of a step's rows, and the second after the last one.
    private func buckets(_ step: Int64) -> (Int64, Int64) {
        (Self.floor(range.start / TimeRange.nanosecondsPerSecond, step), (range.end - 1) / TimeRange.nanosecondsPerSecond + 1)
    }

    /// The largest multiple of `unit` that is not above `value`.
    static func floor(_ value: Int64, _ unit: Int64) -> Int64 {
        let remainder = value % unit
        return value - (remainder < 0 ? remainder + unit : remainder)
    }
}

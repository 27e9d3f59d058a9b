// What a batch adds to the rollups.

/// Counts of spans, of calls between services, of traces and of logs by buckets of ten seconds.
struct RollupDelta: Sendable, Hashable {
    /// Seconds of a bucket.
    static let step: Int64 = 10

    /// Spans of an operation that start in a bucket.
    struct OperationKey: Sendable, Hashable {
        /// The bucket's first second, unix time.
        var bucket: Int64
        var service: String
        var operation: String
    }

    /// Calls from one service to another that start in a bucket.
    struct EdgeKey: Sendable, Hashable {
        /// The bucket's first second, unix time.
        var bucket: Int64
        var caller: String
        var callee: String
    }

    /// Logs of a service in a bucket.
    struct LogKey: Sendable, Hashable {
        /// The bucket's first second, unix time.
        var bucket: Int64
        var service: String
        var severity: Severity
    }

    /// What is counted of spans.
    struct Totals: Sendable, Hashable {
        var count: Int64 = 0
        var errors: Int64 = 0
        /// The sum of all durations in nanoseconds, saturating.
        var duration: Int64 = 0
        var histogram = LatencyHistogram()

        mutating func add(duration nanoseconds: Int64, isError: Bool) {
            count += 1
            if isError { errors += 1 }
            duration = duration.addingSaturating(nanoseconds)
            histogram.record(nanoseconds)
        }

        mutating func merge(_ other: Totals) {
            count += other.count
            errors += other.errors
            duration = duration.addingSaturating(other.duration)
            histogram.merge(other.histogram)
        }
    }

    var operations: [OperationKey: Totals] = [:]
    var edges: [EdgeKey: Totals] = [:]
    /// Traces by the bucket of their first span when they were first seen. A batch does not know which of its traces are new: see
    /// ``countTrace(start:)``.
    var traces: [Int64: Int64] = [:]
    var logs: [LogKey: Int64] = [:]

    /// The first second of the bucket of a time in unix nanoseconds.
    static func bucket(of time: Int64) -> Int64 {
        let width = step * 1_000_000_000
        let quotient = time / width
        return (time % width < 0 ? quotient - 1 : quotient) * step
    }

    /// Counts a call from one service to another.
    mutating func add(_ edge: Edge) {
        let key = EdgeKey(bucket: Self.bucket(of: edge.start), caller: edge.caller, callee: edge.callee)
        edges[key, default: Totals()].add(duration: edge.duration, isError: edge.isError)
    }

    /// Counts a new trace by the start of its first span.
    mutating func countTrace(start: Int64) {
        traces[Self.bucket(of: start), default: 0] += 1
    }

    /// Adds all that another has counted.
    mutating func merge(_ other: RollupDelta) {
        for (key, totals) in other.operations { operations[key, default: Totals()].merge(totals) }
        for (key, totals) in other.edges { edges[key, default: Totals()].merge(totals) }
        traces.merge(other.traces, uniquingKeysWith: +)
        logs.merge(other.logs, uniquingKeysWith: +)
    }
}

// Answers questions about rates, errors and latencies from rollups: the cost does not depend on how many spans there are.

import ArgusStorage

/// The questions about rollups. Each is one read transaction.
struct RollupQueries: Sendable {
    let database: any Database

    // MARK: Dashboard

    /// What a service did in a range.
    struct ServiceTotal: Sendable {
        var spans: Int64 = 0
        var errors: Int64 = 0
        var duration: Int64 = 0
        var latency = LatencyHistogram()
    }

    /// The numbers of a dashboard.
    struct Dashboard: Sendable {
        var covered: RollupRange
        var traces: Int64 = 0
        var logs: Int64 = 0
        var logsBySeverity: [Int64: Int64] = [:]
        var services: [String: ServiceTotal] = [:]
        var loggingServices: Set<String> = []
    }

    /// The numbers of a dashboard over a range.
    func dashboard(_ range: TimeRange) async throws -> Dashboard {
        try await database.read { connection in
            var dashboard = Dashboard(covered: RollupRange(range))
            dashboard.services = try Self.services(&dashboard.covered, connection)
            dashboard.traces = try Self.traces(&dashboard.covered, connection)
            let (sql, parameters) = dashboard.covered.statement("step, bucket, service, severity, logs", from: "log_rollups")
            let rows = try connection.query(sql, parameters) { row in
                (try row.integer(0), try row.integer(1), try row.text(2), try row.integer(3), try row.integer(4))
            }
            for (step, bucket, service, severity, logs) in rows {
                dashboard.covered.count(step: step, bucket: bucket)
                dashboard.logs += logs
                dashboard.logsBySeverity[severity, default: 0] += logs
                dashboard.loggingServices.insert(service)
            }
            return dashboard
        }
    }

    /// Traces that began in the range.
    private static func traces(_ covered: inout RollupRange, _ connection: any SQLConnection) throws -> Int64 {
        let (sql, parameters) = covered.statement("step, bucket, traces", from: "trace_rollups")
        var traces: Int64 = 0
        for row in try connection.query(sql, parameters, { (try $0.integer(0), try $0.integer(1), try $0.integer(2)) }) {
            covered.count(step: row.0, bucket: row.1)
            traces += row.2
        }
        // A trace that turns out to have begun before the range is taken out of a later bucket.
        return max(traces, 0)
    }

    private static func services(_ covered: inout RollupRange, _ connection: any SQLConnection) throws -> [String: ServiceTotal] {
        let (sql, parameters) = covered.statement(
            "step, bucket, service, spans, errors, duration_ns, histogram", from: "span_rollups")
        let totals = Totals<String>(covered)
        _ = try connection.query(sql, parameters) { row in
            try totals.add(row, key: try row.text(2), from: 3)
        }
        covered = totals.covered
        return totals.byKey
    }

    // MARK: Service map

    /// A call from one service to another.
    struct Edge: Sendable, Hashable {
        var caller: String
        var callee: String
    }

    /// Services and the calls between them.
    struct ServiceMap: Sendable {
        var covered: RollupRange
        var services: [String: ServiceTotal] = [:]
        var edges: [Edge: ServiceTotal] = [:]
    }

    /// The services of a range and the calls between them.
    func serviceMap(_ range: TimeRange) async throws -> ServiceMap {
        try await database.read { connection in
            var map = ServiceMap(covered: RollupRange(range))
            map.services = try Self.services(&map.covered, connection)
            let (sql, parameters) = map.covered.statement(
                "step, bucket, caller, callee, calls, errors, duration_ns, histogram", from: "edge_rollups")
            let totals = Totals<Edge>(map.covered)
            _ = try connection.query(sql, parameters) { row in
                try totals.add(row, key: Edge(caller: try row.text(2), callee: try row.text(3)), from: 4)
            }
            map.covered = totals.covered
            map.edges = totals.byKey
            for edge in map.edges.keys {
                for service in [edge.caller, edge.callee] where map.services[service] == nil { map.services[service] = ServiceTotal() }
            }
            return map
        }
    }

    /// How often each service called another in a range.
    func calls(_ range: TimeRange) async throws -> [Edge: Int64] {
        try await database.read { connection in
            let (sql, parameters) = RollupRange(range).statement("caller, callee, calls", from: "edge_rollups")
            let rows = try connection.query(sql, parameters) { (Edge(caller: try $0.text(0), callee: try $0.text(1)), try $0.integer(2)) }
            return Dictionary(rows, uniquingKeysWith: +)
        }
    }

    // MARK: Over time

    /// What happened in one step of time.
    struct TrafficBucket: Sendable, Equatable {
        var spans: Int64 = 0
        var errors: Int64 = 0
        var duration: Int64 = 0
    }

    /// Spans over time.
    struct Traffic: Sendable {
        var covered: RollupRange
        /// Seconds of a bucket; never less than those of the rows found.
        var step: Int64
        /// By the bucket's first second; buckets without spans are absent.
        var buckets: [Int64: TrafficBucket] = [:]
    }

    /// Spans and errors over time.
    func traffic(_ query: MetricQuery) async throws -> Traffic {
        try await database.read { connection in
            var covered = RollupRange(query.range)
            let integer = connection.dialect.bigint
            let sums = ["spans", "errors", "duration_ns"].map { "CAST(SUM(\($0)) AS \(integer))" }.joined(separator: ", ")
            let (sql, parameters) = covered.statement(
                "step, bucket, \(sums)", from: "span_rollups", filter: Self.filter(query), suffix: " GROUP BY step, bucket")
            let rows = try connection.query(sql, parameters) { row in
                let bucket = TrafficBucket(spans: try row.integer(2), errors: try row.integer(3), duration: try row.integer(4))
                return (step: try row.integer(0), bucket: try row.integer(1), bucket)
            }
            for row in rows { covered.count(step: row.step, bucket: row.bucket) }
            let resolution = try covered.resolution(of: "span_rollups", connection)
            var traffic = Traffic(covered: covered, step: RollupRange.step(query.step, resolution: resolution))
            for (_, bucket, found) in rows {
                traffic.buckets[RollupRange.floor(bucket, traffic.step), default: TrafficBucket()].add(found)
            }
            return traffic
        }
    }

    /// Latencies over time.
    struct Heatmap: Sendable {
        var covered: RollupRange
        /// Seconds of a bucket; never less than those of the rows found.
        var step: Int64
        /// By the bucket's first second; buckets without spans are absent.
        var buckets: [Int64: LatencyHistogram] = [:]
    }

    /// How long spans took, over time.
    func heatmap(_ query: MetricQuery) async throws -> Heatmap {
        try await database.read { connection in
            let covered = RollupRange(query.range)
            let resolution = try covered.resolution(of: "span_rollups", connection)
            let (sql, parameters) = covered.statement("step, bucket, histogram", from: "span_rollups", filter: Self.filter(query))
            let totals = HistogramsByBucket(covered, step: RollupRange.step(query.step, resolution: resolution))
            _ = try connection.query(sql, parameters) { row in
                try totals.add(step: try row.integer(0), bucket: try row.integer(1), histogram: try row.blob(2))
            }
            return totals.heatmap
        }
    }

    private static func filter(_ query: MetricQuery) -> [(condition: String, value: SQLValue)] {
        var filter: [(condition: String, value: SQLValue)] = []
        if let service = query.service { filter.append(("service = ?", .text(RollupKey.stored(service)))) }
        if let operation = query.operation { filter.append(("operation = ?", .text(RollupKey.stored(operation)))) }
        return filter
    }
}

extension RollupQueries.TrafficBucket {
    fileprivate mutating func add(_ other: Self) {
        spans += other.spans
        errors += other.errors
        duration += other.duration
    }
}

/// Sums rows by a key, in place.
private final class Totals<Key: Hashable> {
    private(set) var covered: RollupRange
    private(set) var byKey: [Key: RollupQueries.ServiceTotal] = [:]

    init(_ covered: RollupRange) {
        self.covered = covered
    }

    /// Adds a row that begins with `step, bucket` and has `count, errors, duration, histogram` from a column on.
    func add(_ row: SQLRow, key: Key, from column: Int) throws {
        covered.count(step: try row.integer(0), bucket: try row.integer(1))
        let count = try row.integer(column)
        let errors = try row.integer(column + 1)
        let duration = try row.integer(column + 2)
        let histogram = try row.blob(column + 3)
        try byKey[key, default: RollupQueries.ServiceTotal()].add(count, errors, duration, histogram)
    }
}

extension RollupQueries.ServiceTotal {
    fileprivate mutating func add(_ count: Int64, _ errors: Int64, _ duration: Int64, _ histogram: [UInt8]) throws {
        spans += count
        self.errors += errors
        self.duration += duration
        try latency.merge(encoded: histogram)
    }
}

/// Merges histograms by bucket, in place.
private final class HistogramsByBucket {
    private(set) var heatmap: RollupQueries.Heatmap

    init(_ covered: RollupRange, step: Int64) {
        heatmap = RollupQueries.Heatmap(covered: covered, step: step)
    }

    func add(step: Int64, bucket: Int64, histogram: [UInt8]) throws {
        heatmap.covered.count(step: step, bucket: bucket)
        try heatmap.buckets[RollupRange.floor(bucket, heatmap.step), default: LatencyHistogram()].merge(encoded: histogram)
    }
}

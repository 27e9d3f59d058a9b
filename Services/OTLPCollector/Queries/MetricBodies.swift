// The bodies of answers about rollups.

import ArgusShared

/// Writes what the routes of metrics answer with.
enum MetricBodies {
    /// The most services that a dashboard names as failing.
    static let failingServices = 10

    /// The numbers of a dashboard.
    static func dashboard(_ dashboard: RollupQueries.Dashboard) -> [UInt8] {
        var total = RollupQueries.ServiceTotal()
        for service in dashboard.services.values { total.add(service) }
        let failing = dashboard.services.filter { $0.value.errors > 0 }.sorted { left, right in
            left.value.errors != right.value.errors ? left.value.errors > right.value.errors : left.key < right.key
        }
        return body(dashboard.covered) { writer in
            writer.totals(of: dashboard, total)
            writer.quantiles(total.latency) { "\($0)_latency" }
            writer.array("top_failing_services", failing.prefix(failingServices)) { writer, service in
                writer.object { writer in
                    writer.string("service_name", service.key)
                    writer.integer("error_count", service.value.errors)
                    writer.integer("total_count", service.value.spans)
                    writer.number("error_rate", service.value.errorRate)
                }
            }
            writer.object("logs_by_severity") { writer in
                for severity in dashboard.logsBySeverity.keys.sorted() {
                    writer.key((Severity(rawValue: Int(severity)) ?? .unspecified).label)
                    writer.integer(dashboard.logsBySeverity[severity, default: 0])
                }
            }
        }
    }

    /// How much there was in a range.
    static func totals(_ dashboard: RollupQueries.Dashboard) -> [UInt8] {
        var total = RollupQueries.ServiceTotal()
        for service in dashboard.services.values { total.add(service) }
        return body(dashboard.covered) { writer in writer.totals(of: dashboard, total) }
    }

    /// Spans and errors over time; every bucket of the range is there.
    static func traffic(_ traffic: RollupQueries.Traffic) -> [UInt8] {
        body(traffic.covered) { writer in
            writer.integer("step_seconds", traffic.step)
            writer.array("buckets", times(traffic.covered, step: traffic.step)) { writer, time in
                let bucket = traffic.buckets[time] ?? RollupQueries.TrafficBucket()
                writer.object { writer in
                    writer.time("time", seconds: time)
                    writer.integer("spans", bucket.spans)
                    writer.integer("errors", bucket.errors)
                    writer.number("rate", Double(bucket.spans) / Double(traffic.step))
                    writer.number("error_rate", bucket.spans == 0 ? 0 : Double(bucket.errors) / Double(bucket.spans))
                    writer.number("avg_latency_ms", bucket.spans == 0 ? 0 : Double(bucket.duration) / Double(bucket.spans) / 1e6)
                }
            }
        }
    }

    /// Latencies over time: counts by bucket of time and power of two of nanoseconds, and quantiles by bucket of time.
    static func heatmap(_ heatmap: RollupQueries.Heatmap) -> [UInt8] {
        let rows = heatmap.buckets.mapValues(\.octaves)
        let octaves = Set(rows.values.flatMap(\.keys))
        let axis = octaves.isEmpty ? [] : Array((octaves.min() ?? 0)...(octaves.max() ?? 0))
        let times = times(heatmap.covered, step: heatmap.step)
        return body(heatmap.covered) { writer in
            writer.integer("step_seconds", heatmap.step)
            writer.array("times", times) { $0.timestamp(Timestamp(milliseconds: $1 * 1000)) }
            writer.array("latency_buckets_us", axis) { writer, octave in
                writer.object { writer in
                    writer.number("from", LatencyOctave.lowerBound(octave) / 1000)
                    writer.number("to", LatencyOctave.lowerBound(octave + 1) / 1000)
                }
            }
            writer.array("cells", times.enumerated().flatMap { index, time in cells(rows[time] ?? [:], time: index, axis: axis) }) {
                writer, cell in
                writer.beginArray()
                for number in cell { writer.integer(number) }
                writer.endArray()
            }
            writer.array("quantiles", times) { writer, time in
                guard let histogram = heatmap.buckets[time], histogram.count > 0 else { return writer.null() }
                writer.object { writer in writer.quantiles(histogram) { "\($0)_us" } }
            }
        }
    }

    private static func cells(_ row: [Int: Int64], time: Int, axis: [Int]) -> [[Int64]] {
        axis.indices.compactMap { index in row[axis[index]].map { [Int64(time), Int64(index), $0] } }
    }

    /// Services and the calls between them.
    static func serviceMap(_ map: RollupQueries.ServiceMap) -> [UInt8] {
        let seconds = map.covered.seconds()
        return body(map.covered) { writer in
            writer.array("nodes", map.services.sorted { $0.key < $1.key }) { writer, node in
                writer.object { writer in
                    writer.string("service", node.key)
                    writer.integer("spans", node.value.spans)
                    writer.measures(of: node.value, seconds: seconds)
                }
            }
            let edges = map.edges.sorted { ($0.key.caller, $0.key.callee) < ($1.key.caller, $1.key.callee) }
            writer.array("edges", edges) { writer, edge in
                writer.object { writer in
                    writer.string("caller", edge.key.caller)
                    writer.string("callee", edge.key.callee)
                    writer.integer("calls", edge.value.spans)
                    writer.measures(of: edge.value, seconds: seconds)
                }
            }
        }
    }

    /// An object that begins with what is really covered.
    private static func body(_ covered: RollupRange, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.time("from", seconds: covered.start)
            writer.time("to", seconds: covered.end)
            writer.integer("resolution_seconds", covered.resolution)
            write(&writer)
        }
        return writer.bytes
    }

    private static func times(_ covered: RollupRange, step: Int64) -> [Int64] {
        Array(stride(from: RollupRange.floor(covered.start, step), to: covered.end, by: Int(step)))
    }
}

/// Buckets of latency that double in width: bucket `n` holds durations from 2^n to 2^(n+1) nanoseconds, bucket 0 also shorter ones.
enum LatencyOctave {
    static func lowerBound(_ octave: Int) -> Double {
        octave == 0 ? 0 : Double(sign: .plus, exponent: octave, significand: 1)
    }

    static func of(_ nanoseconds: Int64) -> Int {
        nanoseconds < 2 ? 0 : 63 - nanoseconds.leadingZeroBitCount
    }
}

extension LatencyHistogram {
    /// Counts by octave.
    fileprivate var octaves: [Int: Int64] {
        var octaves: [Int: Int64] = [:]
        forEachBucket { lowerBound, count in octaves[LatencyOctave.of(lowerBound), default: 0] += count }
        return octaves
    }
}

extension RollupQueries.ServiceTotal {
    mutating func add(_ other: Self) {
        spans += other.spans
        errors += other.errors
        duration += other.duration
        latency.merge(other.latency)
    }

    /// Nanoseconds.
    var averageDuration: Double { spans == 0 ? 0 : Double(duration) / Double(spans) }

    /// From 0 to 1.
    var errorRate: Double { spans == 0 ? 0 : Double(errors) / Double(spans) }
}

extension JSONWriter {
    fileprivate mutating func totals(of dashboard: RollupQueries.Dashboard, _ total: RollupQueries.ServiceTotal) {
        integer("total_traces", dashboard.traces)
        integer("total_spans", total.spans)
        integer("total_logs", dashboard.logs)
        integer("total_errors", total.errors)
        number("avg_latency_ms", total.averageDuration / 1e6)
        number("error_rate", total.errorRate)
        number("span_rate", Double(total.spans) / dashboard.covered.seconds())
        integer("active_services", dashboard.loggingServices.union(dashboard.services.keys).count)
    }

    fileprivate mutating func measures(of total: RollupQueries.ServiceTotal, seconds: Double) {
        integer("errors", total.errors)
        number("error_rate", total.errorRate)
        number("rate", Double(total.spans) / seconds)
        number("avg_us", total.averageDuration / 1000)
        quantiles(total.latency) { "\($0)_us" }
    }

    /// Members with quantiles in whole microseconds.
    fileprivate mutating func quantiles(_ latency: LatencyHistogram, name: (String) -> String) {
        for (label, quantile) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            key(name(label))
            integer(latency.quantile(quantile) / 1000)
        }
    }
}

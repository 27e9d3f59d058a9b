// Requests of the metrics service, of which only the number of points is wanted.

/// `ExportMetricsServiceRequest` (opentelemetry-proto 1.x) in the protobuf wire format.
public enum OTLPMetrics {
    /// How many data points a request holds.
    /// - Throws: `OTLPError` for a malformed request.
    public static func countPoints(in bytes: UnsafeRawBufferPointer) throws(OTLPError) -> Int {
        var points = 0
        try RequestWalker<MetricView>.check(bytes) { points += $0.points }
        return points
    }
}

/// OTLP `Metric`, as far as its points can be counted; what a point holds is checked as unknown fields are.
struct MetricView: RequestItem {
    static var kind: Merging.Kind { .metric }

    private(set) var points = 0

    init(_ bytes: UnsafeRawBufferPointer, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = WireReader(bytes)
        var data: UInt32 = 0
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case MetricTag.name, MetricTag.description, MetricTag.unit: _ = try reader.string()
            case MetricTag.gauge, MetricTag.sum, MetricTag.histogram, MetricTag.exponentialHistogram, MetricTag.summary:
                // Of several kinds of data the last one counts.
                if tag != data { points = 0 }
                data = tag
                points += try Self.count(try reader.message(), depth: try Validation.nested(depth, reader))
            default: try reader.skip(tag, depth: depth)
            }
        }
    }

    private static func count(_ message: WireReader, depth: Int) throws(WireError) -> Int {
        var reader = message
        var points = 0
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == MetricTag.dataPoints else {
                try reader.skip(tag, depth: depth)
                continue
            }
            var point = try reader.message()
            let inner = try Validation.nested(depth, reader)
            while !point.atEnd { try point.skip(try point.tag(), depth: inner) }
            points += 1
        }
        return points
    }
}

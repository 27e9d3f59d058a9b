// Reads the query of a question about rollups, and says what is wrong with it.

import ArgusService
import ArgusShared

/// A checked query of `GET /api/metrics/*`.
struct MetricQuery: Sendable {
    /// The most buckets that an answer has where the question does not choose.
    static let standardBuckets: Int64 = 120
    static let maximumBuckets: Int64 = 2_000
    /// Steps in seconds that are chosen from.
    private static let steps: [Int64] = [
        10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000,
    ]

    var range: TimeRange
    var service: String?
    var operation: String?
    /// Seconds of a bucket.
    var step: Int64

    init(range: TimeRange, service: String? = nil, operation: String? = nil, step: Int64? = nil) {
        self.range = range
        self.service = service
        self.operation = operation
        self.step = step ?? Self.step(for: range)
    }

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems, allowed: [String], now: Int64 = TimeRange.now()) throws {
        let reader = try QueryReader(items, allowed: allowed + TimeRange.parameters)
        self.init(
            range: try TimeRange(reader, now: now), service: try reader.single("service"), operation: try reader.single("operation"))
        guard let text = try reader.single("step") else { return }
        let unit = 10 * TimeRange.nanosecondsPerSecond
        guard let length = DurationText.nanoseconds(text, unit: TimeRange.nanosecondsPerSecond), length > 0, length % unit == 0 else {
            throw QueryReader.malformed("step", "must be a multiple of 10s, such as 30s or 1m")
        }
        guard range.length / length <= Self.maximumBuckets else {
            throw QueryReader.malformed("step", "is too short: the range would have more than \(Self.maximumBuckets) buckets")
        }
        step = length / TimeRange.nanosecondsPerSecond
    }

    private static func step(for range: TimeRange) -> Int64 {
        let seconds = range.length / TimeRange.nanosecondsPerSecond
        return steps.first { seconds <= $0 * standardBuckets } ?? (seconds / standardBuckets / 86_400 + 1) * 86_400
    }
}

// Bounds how much one credential may send.

import HTTPTypes
import Synchronization

/// A token bucket per credential.
///
/// A bucket holds up to `burst` and refills at `perSecond`. What costs more than a whole bucket passes when the bucket is
/// full and leaves it in debt, so that large batches are slowed down, not shut out. The table is bounded. Thread-safe.
public final class RateLimiter: Sendable {
    private struct Bucket {
        var level: Double
        var updated: ContinuousClock.Instant
    }

    private let perSecond: Double
    private let burst: Double
    private let maxEntries: Int
    private let buckets = Mutex<[String: Bucket]>([:])
    private let refused: MetricCounter?
    private let evicted: MetricCounter?

    /// Creates a limiter.
    ///
    /// - Parameters:
    ///   - perSecond: What a credential may send per second; 0 is without limit.
    ///   - burst: What it may send at once after a pause; by default as much as in one second.
    ///   - maxEntries: Credentials that are tracked at the same time.
    ///   - metrics: Where refusals are counted.
    public init(perSecond: Double, burst: Double? = nil, maxEntries: Int = 10_000, metrics: MetricsRegistry? = nil) {
        self.perSecond = perSecond
        self.burst = max(1, burst ?? perSecond)
        self.maxEntries = max(1, maxEntries)
        refused = metrics?.counter(MetricName.rateLimited, help: "Requests refused by the rate limit.")
        evicted = metrics?.counter(
            MetricName.rateLimiterEvictions, help: "Buckets dropped before they were full because the table was.")
    }

    /// Takes from the bucket of a credential.
    ///
    /// - Throws: `APIError` 429 with `Retry-After` where it does not hold enough.
    public func take(_ amount: Int = 1, for identity: Identity) throws {
        if let wait = wait(Double(amount), key: identity.name, now: .now) {
            refused?.increment()
            throw APIError(
                .tooManyRequests, code: "rate_limited", message: "The rate limit of \"\(identity.name)\" is reached.", retryAfter: wait)
        }
    }

    /// Takes at a given time; returns how long to wait where there is not enough.
    func wait(_ amount: Double, key: String, now: ContinuousClock.Instant) -> Duration? {
        guard perSecond > 0 else { return nil }
        return buckets.withLock { buckets in
            if buckets[key] == nil, buckets.count >= maxEntries { makeRoom(&buckets, now) }
            var bucket = buckets[key] ?? Bucket(level: burst, updated: now)
            bucket.level = level(bucket, now)
            bucket.updated = now
            defer { buckets[key] = bucket }
            let needed = min(amount, burst)
            if bucket.level >= needed {
                bucket.level -= amount
                return nil
            }
            return .seconds((needed - bucket.level) / perSecond)
        }
    }

    var entryCount: Int { buckets.withLock { $0.count } }

    private func level(_ bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (now - bucket.updated).components
        return min(burst, bucket.level + (Double(seconds) + Double(attoseconds) * 1e-18) * perSecond)
    }

    /// A full bucket is worth as much as none; beyond those the one unused for longest goes.
    private func makeRoom(_ buckets: inout [String: Bucket], _ now: ContinuousClock.Instant) {
        buckets = buckets.filter { level($0.value, now) < burst }
        guard buckets.count >= maxEntries, let oldest = buckets.min(by: { $0.value.updated < $1.value.updated }) else { return }
        buckets[oldest.key] = nil
        evicted?.increment()
    }
}

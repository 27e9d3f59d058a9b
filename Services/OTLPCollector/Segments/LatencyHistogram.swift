// Latencies in buckets of a constant relative width.

/// Counts of durations from 0 to 2^63 - 1 ns. Each octave has 32 buckets, so all powers of two are borders of buckets; below 64 ns a
/// bucket is one nanosecond.
/// A quantile is the middle of its bucket: off by at most 1/64 (1.6 %) of the true value.
struct LatencyHistogram: Sendable, Hashable {
    /// Bits of a bucket's place in its octave.
    static let subBits = 5
    /// All buckets there are.
    static let bucketCount = (63 - subBits) << subBits + 1 << subBits

    /// The counts of buckets from `first` on. The first and the last one are not 0.
    private var counts: [Int64] = []
    private var first = 0
    /// How many durations were counted.
    private(set) var count: Int64 = 0

    init() {}

    var isEmpty: Bool { count == 0 }

    /// The bucket of a duration; a negative one counts as 0.
    static func bucket(of nanoseconds: Int64) -> Int {
        guard nanoseconds >= 1 << subBits else { return Int(max(nanoseconds, 0)) }
        let shift = Int64.bitWidth - 1 - nanoseconds.leadingZeroBitCount - subBits
        return shift << subBits + Int(nanoseconds >> Int64(shift))
    }

    /// The least duration of a bucket.
    static func lowerBound(ofBucket bucket: Int) -> Int64 {
        guard bucket >= 2 << subBits else { return Int64(bucket) }
        let shift = bucket >> subBits - 1
        return Int64(bucket - shift << subBits) << Int64(shift)
    }

    /// How many nanoseconds a bucket spans.
    static func width(ofBucket bucket: Int) -> Int64 {
        bucket >= 2 << subBits ? 1 << Int64(bucket >> subBits - 1) : 1
    }

    /// Counts a duration.
    mutating func record(_ nanoseconds: Int64, times: Int64 = 1) {
        add(times, toBucket: Self.bucket(of: nanoseconds))
    }

    /// Counts durations of a bucket.
    mutating func add(_ times: Int64, toBucket bucket: Int) {
        guard times > 0 else { return }
        cover(bucket)
        counts[bucket - first] = counts[bucket - first].addingSaturating(times)
        count = count.addingSaturating(times)
    }

    /// Adds all that another has counted.
    mutating func merge(_ other: LatencyHistogram) {
        for (offset, times) in other.counts.enumerated() where times > 0 { add(times, toBucket: other.first + offset) }
    }

    /// The duration that a share `q` (0...1) of all is not longer than: the middle of its bucket; 0 if nothing was counted.
    func quantile(_ q: Double) -> Int64 {
        guard count > 0 else { return 0 }
        let rank = max(1, min(count, Int64((min(max(q, 0), 1) * Double(count)).rounded(.up))))
        var seen: Int64 = 0
        for (offset, times) in counts.enumerated() {
            seen = seen.addingSaturating(times)
            if seen >= rank { return Self.lowerBound(ofBucket: first + offset) + (Self.width(ofBucket: first + offset) - 1) / 2 }
        }
        return 0
    }

    /// Calls `body` with each bucket that has counts, in ascending order.
    func forEachBucket(_ body: (_ lowerBound: Int64, _ count: Int64) throws -> Void) rethrows {
        for (offset, times) in counts.enumerated() where times > 0 { try body(Self.lowerBound(ofBucket: first + offset), times) }
    }

    private mutating func cover(_ bucket: Int) {
        if counts.isEmpty {
            first = bucket
            counts.append(0)
        } else if bucket < first {
            counts.insert(contentsOf: repeatElement(0, count: first - bucket), at: 0)
            first = bucket
        } else if bucket >= first + counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket - first - counts.count + 1))
        }
    }
}

// MARK: - Encoding

extension LatencyHistogram {
    private static let version: UInt8 = 1

    /// A version byte, then for each bucket that has counts two varints: its distance from the one before it, and its count.
    func encode() -> [UInt8] {
        var bytes = [Self.version]
        var previous = 0
        for (offset, times) in counts.enumerated() where times > 0 {
            bytes.appendVarint(UInt64(first + offset - previous))
            bytes.appendVarint(UInt64(times))
            previous = first + offset
        }
        return bytes
    }

    /// Reads what ``encode()`` wrote; throws ``SegmentError`` for anything else.
    init(decoding bytes: [UInt8]) throws {
        try merge(encoded: bytes)
    }

    /// Adds an encoded histogram without making another one. Throws ``SegmentError`` if it is damaged; then a part of it may have been
    /// added.
    mutating func merge(encoded bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { raw in
            var reader = SegmentReadCursor(raw)
            guard try reader.byte() == Self.version else { throw SegmentError("a histogram of an unknown version") }
            var bucket = 0
            while !reader.isAtEnd {
                let distance = try reader.varint()
                let times = try reader.varint()
                guard distance < UInt64(Self.bucketCount - bucket), times > 0, times <= UInt64(Int64.max) else {
                    throw SegmentError("a histogram's bucket is out of range")
                }
                bucket += Int(distance)
                add(Int64(times), toBucket: bucket)
            }
        }
    }
}

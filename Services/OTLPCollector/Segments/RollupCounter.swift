// Counts spans by keys, without a histogram for each key until the end.

/// Totals by three numbers (bucket and two names).
struct RollupCounter: ~Copyable {
    private struct Sums {
        var count: Int64 = 0
        var errors: Int64 = 0
        var duration: Int64 = 0
    }

    private var keys = KeyInterner(slots: 256)
    private var sums: ContiguousArray<Sums> = []
    /// For each span the key's number, and below it the histogram's bucket.
    private var samples: ContiguousArray<UInt64> = []
    private static let bucketBits: UInt64 = 16

    init() {}

    @inline(__always)
    mutating func add(bucket: Int64, _ first: Int, _ second: Int, duration: Int64, isError: Bool) {
        let names = UInt64(truncatingIfNeeded: first) << 32 | UInt64(truncatingIfNeeded: second)
        let (number, isNew) = keys.intern(UInt64(bitPattern: bucket), names)
        if isNew { sums.append(Sums()) }
        sums[number].count += 1
        if isError { sums[number].errors += 1 }
        sums[number].duration = sums[number].duration.addingSaturating(duration)
        samples.append(UInt64(number) << Self.bucketBits | UInt64(LatencyHistogram.bucket(of: duration)))
    }

    /// Calls `body` with each key and its totals.
    mutating func drain(_ body: (_ bucket: Int64, _ first: Int, _ second: Int, _ totals: RollupDelta.Totals) -> Void) {
        samples.sort()
        var position = 0
        for number in 0..<keys.count {
            var totals = RollupDelta.Totals(count: sums[number].count, errors: sums[number].errors, duration: sums[number].duration)
            while position < samples.count, samples[position] >> Self.bucketBits == UInt64(number) {
                let sample = samples[position]
                var end = position + 1
                while end < samples.count, samples[end] == sample { end += 1 }
                totals.histogram.add(Int64(end - position), toBucket: Int(sample & (1 << Self.bucketBits - 1)))
                position = end
            }
            let key = keys.keys[number]
            body(Int64(bitPattern: key.first), Int(key.second >> 32), Int(key.second & 0xFFFF_FFFF), totals)
        }
    }
}

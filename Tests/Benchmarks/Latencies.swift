// Quantiles of what was measured.

/// A list of durations.
struct Latencies {
    private var nanoseconds: [UInt64] = []

    init(capacity: Int = 0) {
        nanoseconds.reserveCapacity(capacity)
    }

    var count: Int { nanoseconds.count }

    mutating func record(_ value: UInt64) {
        nanoseconds.append(value)
    }

    /// Milliseconds at quantile `q`; 0 when nothing was recorded.
    func milliseconds(at quantile: Double, sorted: [UInt64]) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let index = min(sorted.count - 1, Int(Double(sorted.count) * quantile))
        return Double(sorted[index]) / 1e6
    }

    /// `"p50":..,"p99":..,"max":..` in milliseconds.
    var json: String {
        let sorted = nanoseconds.sorted()
        let parts = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)].map { name, quantile in
            "\"\(name)_ms\":\((milliseconds(at: quantile, sorted: sorted) * 1e6).rounded() / 1e6)"
        }
        return parts.joined(separator: ",")
    }
}

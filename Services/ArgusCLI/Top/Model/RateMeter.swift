// How fast counters grow.

import ArgusShared

/// The rate of a sum of counters, each read now and then.
struct RateMeter: Sendable {
    private struct Reading: Sendable {
        var value: Double
        var at: Timestamp
        var perSecond: Double?
    }

    /// Milliseconds after which a counter that is not read any more does not count.
    static let lifetime: Int64 = 20_000
    private static let most = 1000

    private var readings: [String: Reading] = [:]

    /// Takes a counter's value at a time. A counter that went back was started anew.
    mutating func read(_ counter: String, _ value: Double, at time: Timestamp) {
        guard let last = readings[counter] else {
            if readings.count < Self.most { readings[counter] = Reading(value: value, at: time) }
            return
        }
        let elapsed = Double(time.milliseconds - last.at.milliseconds) / 1000
        guard elapsed > 0 else { return }
        let rate = value >= last.value && elapsed * 1000 < Double(Self.lifetime) ? (value - last.value) / elapsed : nil
        readings[counter] = Reading(value: value, at: time, perSecond: rate)
    }

    /// The sum per second; nil as long as no counter was read twice.
    func perSecond(at now: Timestamp) -> Double? {
        let rates = readings.values.filter { now.milliseconds - $0.at.milliseconds < Self.lifetime }.compactMap(\.perSecond)
        return rates.isEmpty ? nil : rates.reduce(0, +)
    }
}

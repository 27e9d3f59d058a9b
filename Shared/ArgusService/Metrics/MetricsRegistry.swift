// Holds every metric of a process and hands out the handles that code updates.

import Synchronization

/// The metrics of a process: families by name, series by label values.
///
/// Looking a series up takes a lock, so hot paths look up once and hold on to the handle. Every family takes a bounded
/// number of label combinations; what comes after shares one series whose label values are `other`, and is counted in
/// `argus_metrics_series_overflow_total`.
public final class MetricsRegistry: Sendable {
    /// Names and values of a series' labels.
    public typealias Labels = [(String, String)]

    /// Label combinations that a family takes unless told otherwise.
    public static let defaultSeriesLimit = 1_000

    enum Kind: String {
        case counter, gauge, histogram
    }

    enum Instrument {
        case counter(MetricCounter)
        case gauge(MetricGauge)
        case histogram(MetricHistogram)
        case callback(@Sendable () -> Double?)
    }

    struct Family {
        var name: String
        var help: String
        var kind: Kind
        var series: [String: Instrument] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var overflow: [String: UInt64] = [:]
    }

    private let state = Mutex(State())
    private let seriesLimit: Int

    /// Creates an empty registry.
    ///
    /// - Parameter seriesLimit: Label combinations that one metric takes.
    public init(seriesLimit: Int = MetricsRegistry.defaultSeriesLimit) {
        self.seriesLimit = max(1, seriesLimit)
    }

    /// The counter of a name and labels; created on first use.
    public func counter(_ name: String, help: String = "", labels: Labels = []) -> MetricCounter {
        let made = instrument(name, help, .counter, labels) { .counter(MetricCounter()) }
        if case .counter(let counter) = made { return counter }
        return MetricCounter()
    }

    /// The gauge of a name and labels; created on first use.
    public func gauge(_ name: String, help: String = "", labels: Labels = []) -> MetricGauge {
        let made = instrument(name, help, .gauge, labels) { .gauge(MetricGauge()) }
        if case .gauge(let gauge) = made { return gauge }
        return MetricGauge()
    }

    /// A gauge that is read when metrics are collected; nil leaves it out. Registering again replaces the closure.
    public func gauge(_ name: String, help: String = "", labels: Labels = [], read: @escaping @Sendable () -> Double?) {
        replace(name, help, .gauge, labels, .callback(read))
    }

    /// A counter kept elsewhere that is read when metrics are collected. Registering again replaces the closure.
    public func counter(_ name: String, help: String = "", labels: Labels = [], read: @escaping @Sendable () -> Double?) {
        replace(name, help, .counter, labels, .callback(read))
    }

    /// The histogram of a name and labels; created on first use.
    ///
    /// - Parameter buckets: Upper bounds in the metric's unit.
    public func histogram(
        _ name: String, help: String = "", labels: Labels = [], buckets: [Double] = MetricHistogram.secondsBuckets
    ) -> MetricHistogram {
        let made = instrument(name, help, .histogram, labels) { .histogram(MetricHistogram(bounds: buckets)) }
        if case .histogram(let histogram) = made { return histogram }
        return MetricHistogram(bounds: buckets)
    }

    /// A counter of fractional amounts, kept as a gauge but exposed as a counter.
    func floatingCounter(_ name: String, labels: Labels) -> MetricGauge {
        let made = instrument(name, "", .counter, labels) { .gauge(MetricGauge()) }
        if case .gauge(let gauge) = made { return gauge }
        return MetricGauge()
    }

    /// Forgets a series.
    func remove(_ name: String, labels: Labels) {
        let key = Exposition.labelText(labels)
        state.withLock { _ = $0.families[name]?.series.removeValue(forKey: key) }
    }

    /// Everything registered, by name, and how often each metric's bound was met.
    func snapshot() -> (families: [Family], overflow: [(name: String, count: UInt64)]) {
        let copy = state.withLock { $0 }
        return (
            copy.families.values.sorted { $0.name < $1.name },
            copy.overflow.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
        )
    }

    private func instrument(
        _ name: String, _ help: String, _ kind: Kind, _ labels: Labels, make: () -> Instrument
    ) -> Instrument? {
        let name = Exposition.metricName(name)
        let key = Exposition.labelText(labels)
        return state.withLock { state in
            var family = state.families[name] ?? Family(name: name, help: help, kind: kind)
            guard family.kind == kind else { return nil }
            if let existing = family.series[key] { return existing }
            if family.help.isEmpty { family.help = help }
            let (admitted, isOverflow) = admit(key, labels, family)
            if isOverflow { state.overflow[name, default: 0] += 1 }
            let result = family.series[admitted] ?? make()
            family.series[admitted] = result
            state.families[name] = family
            return result
        }
    }

    private func replace(_ name: String, _ help: String, _ kind: Kind, _ labels: Labels, _ instrument: Instrument) {
        let name = Exposition.metricName(name)
        let key = Exposition.labelText(labels)
        state.withLock { state in
            var family = state.families[name] ?? Family(name: name, help: help, kind: kind)
            guard family.kind == kind, family.series[key] != nil || family.series.count < seriesLimit else { return }
            if family.help.isEmpty { family.help = help }
            family.series[key] = instrument
            state.families[name] = family
        }
    }

    private func admit(_ key: String, _ labels: Labels, _ family: Family) -> (key: String, isOverflow: Bool) {
        if family.series.count < seriesLimit || labels.isEmpty { return (key, false) }
        return (Exposition.labelText(labels.map { ($0.0, "other") }), true)
    }
}

// Makes the registry a backend of swift-metrics.

public import Metrics

extension MetricsRegistry: MetricsFactory {
    /// A counter named `<label>_total`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterAdapter(metric: counter(Self.name(label, suffix: "_total"), labels: dimensions))
    }

    /// A counter of fractional amounts named `<label>_total`.
    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        FloatingCounterAdapter(metric: floatingCounter(Self.name(label, suffix: "_total"), labels: dimensions))
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeAdapter(metric: gauge(Self.name(label), labels: dimensions))
    }

    /// A histogram where values are aggregated, a gauge otherwise.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate {
            return RecorderAdapter(metric: histogram(Self.name(label), labels: dimensions, buckets: MetricHistogram.countBuckets))
        }
        return GaugeAdapter(metric: gauge(Self.name(label), labels: dimensions))
    }

    /// A histogram in seconds named `<label>_seconds`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        TimerAdapter(metric: histogram(Self.name(label, suffix: "_seconds"), labels: dimensions))
    }

    /// Does nothing: series live as long as the process, so that no counter starts over.
    public func destroyCounter(_ handler: any CounterHandler) {}

    /// Does nothing, as for counters.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}

    /// Does nothing, as for counters.
    public func destroyMeter(_ handler: any MeterHandler) {}

    /// Does nothing, as for counters.
    public func destroyRecorder(_ handler: any RecorderHandler) {}

    /// Does nothing, as for counters.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private static func name(_ label: String, suffix: String = "") -> String {
        label.hasSuffix(suffix) ? label : label + suffix
    }
}

private final class CounterAdapter: CounterHandler {
    let metric: MetricCounter

    init(metric: MetricCounter) {
        self.metric = metric
    }

    func increment(by amount: Int64) {
        metric.increment(by: Int(amount))
    }

    func reset() {}
}

private final class FloatingCounterAdapter: FloatingPointCounterHandler {
    let metric: MetricGauge

    init(metric: MetricGauge) {
        self.metric = metric
    }

    func increment(by amount: Double) {
        if amount > 0 { metric.add(amount) }
    }

    func reset() {}
}

private final class GaugeAdapter: MeterHandler, RecorderHandler {
    let metric: MetricGauge

    init(metric: MetricGauge) {
        self.metric = metric
    }

    func set(_ value: Int64) { metric.set(Double(value)) }
    func set(_ value: Double) { metric.set(value) }
    func increment(by amount: Double) { metric.add(amount) }
    func decrement(by amount: Double) { metric.add(-amount) }
    func record(_ value: Int64) { metric.set(Double(value)) }
    func record(_ value: Double) { metric.set(value) }
}

private final class RecorderAdapter: RecorderHandler {
    let metric: MetricHistogram

    init(metric: MetricHistogram) {
        self.metric = metric
    }

    func record(_ value: Int64) { metric.record(Double(value)) }
    func record(_ value: Double) { metric.record(value) }
}

private final class TimerAdapter: TimerHandler {
    let metric: MetricHistogram

    init(metric: MetricHistogram) {
        self.metric = metric
    }

    func recordNanoseconds(_ duration: Int64) {
        metric.record(seconds: Double(duration) / 1e9)
    }
}

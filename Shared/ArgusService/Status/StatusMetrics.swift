// What of a registry goes into the status of a service.

extension MetricsRegistry {
    /// Series that a status takes.
    static let statusLimit = 200

    /// Counters and gauges by series, named as `/metrics` names them; of a histogram its count and its sum.
    ///
    /// What is counted per HTTP route comes last, for of that there is most and it says least. What JSON cannot say is left out.
    func statusValues(limit: Int = statusLimit) -> (values: [String: Double], omitted: Int) {
        let perRoute: Set = [MetricName.httpRequests, MetricName.httpDuration]
        let (families, _) = snapshot()
        var values: [String: Double] = [:]
        var omitted = 0
        for family in families.filter({ !perRoute.contains($0.name) }) + families.filter({ perRoute.contains($0.name) }) {
            for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
                let parts = Self.parts(of: instrument).filter(\.value.isFinite)
                guard values.count + parts.count <= limit else {
                    omitted += parts.count
                    continue
                }
                for part in parts { values[family.name + part.suffix + (labels.isEmpty ? "" : "{\(labels)}")] = part.value }
            }
        }
        return (values, omitted)
    }

    private static func parts(of instrument: Instrument) -> [(suffix: String, value: Double)] {
        switch instrument {
        case .counter(let counter): [("", Double(counter.value))]
        case .gauge(let gauge): [("", gauge.value)]
        case .callback(let read): read().map { [("", $0)] } ?? []
        case .histogram(let histogram): [("_count", Double(histogram.count)), ("_sum", histogram.sum)]
        }
    }
}

// What of a registry goes into the status of a service.

extension MetricsRegistry {
    /// Series that a status takes.
    static let statusLimit = 200

    /// What gives way first when not everything fits: last what was never counted, for a series that is missing says no less, and before
    /// it what is counted per HTTP route.
    private enum Rank: Int, CaseIterable {
        case telling, perRoute, zero
    }

    /// Counters and gauges by series, named as `/metrics` names them; of a histogram its count and its sum. What JSON cannot say is left
    /// out.
    func statusValues(limit: Int = statusLimit) -> (values: [String: Double], omitted: Int) {
        var ranked: [Rank: [[(name: String, value: Double)]]] = [:]
        for family in snapshot().families {
            for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
                let braced = labels.isEmpty ? "" : "{\(labels)}"
                let parts = Self.parts(of: instrument).filter(\.value.isFinite).map { (family.name + $0.suffix + braced, $0.value) }
                ranked[Self.rank(of: family, labels, parts.map(\.1)), default: []].append(parts)
            }
        }
        var values: [String: Double] = [:]
        var omitted = 0
        for parts in Rank.allCases.flatMap({ ranked[$0] ?? [] }) {
            let fits = values.count + parts.count <= limit
            if fits { for part in parts { values[part.name] = part.value } } else { omitted += parts.count }
        }
        return (values, omitted)
    }

    private static func rank(of family: Family, _ labels: String, _ values: [Double]) -> Rank {
        if family.kind != .gauge, !labels.isEmpty, values.allSatisfy({ $0 == 0 }) { return .zero }
        return [MetricName.httpRequests, MetricName.httpDuration].contains(family.name) ? .perRoute : .telling
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

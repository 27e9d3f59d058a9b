// Prometheus text exposition, format 0.0.4.

/// Writes a registry in the Prometheus text format 0.0.4.
public enum Exposition {
    /// The content type of the format.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Everything in the registry as text, families sorted by name.
    public static func render(_ registry: MetricsRegistry) -> [UInt8] {
        let (families, overflow) = registry.snapshot()
        var text = ""
        text.reserveCapacity(16 * 1024)
        for family in families {
            appendHeader(family.name, family.help, family.kind.rawValue, to: &text)
            for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
                append(instrument, family.name, labels, to: &text)
            }
        }
        if !overflow.isEmpty {
            let help = "Lookups that met a metric's bound on label values and used its other series."
            appendHeader(MetricName.seriesOverflow, help, "counter", to: &text)
            for (name, count) in overflow {
                text += "\(MetricName.seriesOverflow){\(labelText([("metric", name)]))} \(count)\n"
            }
        }
        return Array(text.utf8)
    }

    /// Labels as they stand between the braces, escaped and in the order given.
    static func labelText(_ labels: MetricsRegistry.Labels) -> String {
        if labels.isEmpty { return "" }
        return labels.map { "\(sanitize($0.0, allowColon: false))=\"\(escape($0.1))\"" }.joined(separator: ",")
    }

    /// A valid metric name that has our prefix, or that of the conventional process metrics.
    static func metricName(_ name: String) -> String {
        if name.hasPrefix(MetricName.prefix) || name.hasPrefix("process_"), isValid(name) { return name }
        let valid = sanitize(name, allowColon: true)
        return valid.hasPrefix(MetricName.prefix) || valid.hasPrefix("process_") ? valid : MetricName.prefix + valid
    }

    /// A number as the format wants it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    private static func append(_ instrument: MetricsRegistry.Instrument, _ name: String, _ labels: String, to text: inout String) {
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        switch instrument {
        case .counter(let counter): text += "\(name)\(braced) \(counter.value)\n"
        case .gauge(let gauge): text += "\(name)\(braced) \(number(gauge.value))\n"
        case .callback(let read):
            if let value = read() { text += "\(name)\(braced) \(number(value))\n" }
        case .histogram(let histogram):
            let separator = labels.isEmpty ? "" : ","
            var cumulative: UInt64 = 0
            for (index, count) in histogram.bucketCounts.enumerated() {
                cumulative += count
                let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
                text += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(cumulative)\n"
            }
            text += "\(name)_sum\(braced) \(number(histogram.sum))\n"
            text += "\(name)_count\(braced) \(cumulative)\n"
        }
    }

    private static func appendHeader(_ name: String, _ help: String, _ kind: String, to text: inout String) {
        if !help.isEmpty {
            let escaped = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
            text += "# HELP \(name) \(escaped)\n"
        }
        text += "# TYPE \(name) \(kind)\n"
    }

    private static func escape(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        return value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func isValid(_ name: String) -> Bool {
        name.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ":") }
    }

    private static func sanitize(_ name: String, allowColon: Bool) -> String {
        var bytes = name.utf8.map { isNameByte($0) || (allowColon && $0 == UInt8(ascii: ":")) ? $0 : UInt8(ascii: "_") }
        if let first = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

// The faults that the environment configures.

public import ArgusService

/// Names, defaults and limits of the `CHAOS_*` variables. Each service has its own, so that one environment can serve all three.
public enum FaultSettings {
    /// A fault lasts no longer than this.
    static let longestTime: Duration = .seconds(60)

    /// A service's variables and their defaults: those that make it misbehave as the demonstration wants.
    public static func defaults(of service: ChaosService) -> [String: String] {
        var values = ["LATENCY_RATE": "0", "LATENCY": "0ms-0ms", "ERROR_RATE": "0", "ERROR_DELAY": "0ms-0ms"]
        switch service {
        case .order:
            values["LATENCY_RATE"] = "0.3"
            values["LATENCY"] = "100ms-800ms"
        case .payment:
            values["ERROR_RATE"] = "0.1"
        case .inventory:
            values["ERROR_RATE"] = "0.05"
            values["ERROR_DELAY"] = "2s-5s"
        }
        let named = values.map { (name(service, $0.key), $0.value) }
        return Dictionary(uniqueKeysWithValues: named + [(seedName, "1")])
    }

    /// Reads a service's variables; what is malformed is for `settings.validate()` to tell.
    public static func profile(of service: ChaosService, _ settings: ServiceSettings) -> FaultProfile {
        var profile = FaultProfile(seed: UInt64(settings.int(seedName, in: 0...Int.max)))
        profile.latencyRate = rate(name(service, "LATENCY_RATE"), settings)
        profile.latency = times(name(service, "LATENCY"), settings)
        profile.errorRate = rate(name(service, "ERROR_RATE"), settings)
        profile.errorDelay = times(name(service, "ERROR_DELAY"), settings)
        return profile
    }

    private static let seedName = "CHAOS_SEED"

    private static func name(_ service: ChaosService, _ suffix: String) -> String {
        "CHAOS_\(service.rawValue.uppercased())_\(suffix)"
    }

    private static func rate(_ name: String, _ settings: ServiceSettings) -> Double {
        let text = settings.string(name)
        if let rate = Double(text), (0...1).contains(rate) { return rate }
        settings.fail(name, "is \"\(text)\", but must be a share from 0 to 1 such as 0.25")
        return 0
    }

    private static func times(_ name: String, _ settings: ServiceSettings) -> ClosedRange<Duration> {
        let text = settings.string(name)
        if let range = FaultTimes.parse(text), range.upperBound <= longestTime { return range }
        settings.fail(name, "is \"\(text)\", but must be two times up to 60s such as 100ms-800ms")
        return .zero ... .zero
    }
}

/// Ranges of times as text: `100ms-800ms`, `2s-5s`, or one time.
enum FaultTimes {
    static func parse(_ text: String) -> ClosedRange<Duration>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { duration($0) }
        guard (1...2).contains(parts.count), let low = parts[0], let high = parts[parts.count - 1], low <= high else { return nil }
        return low...high
    }

    private static func duration(_ text: Substring) -> Duration? {
        let text = text.trimmingPrefix(" ")
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000 else { return nil }
        return switch text.dropFirst(digits.count) {
        case "ms": .milliseconds(number)
        case "s": .seconds(number)
        case "" where number == 0: .zero
        default: nil
        }
    }
}

// The classes of log severity.

/// OTLP's ranges of severity numbers. The raw value is what log rollups are keyed by.
enum Severity: Int, Sendable, Hashable, Comparable, CaseIterable {
    case unspecified = 0
    case trace = 1
    case debug = 2
    case info = 3
    case warn = 4
    case error = 5
    case fatal = 6

    /// The class of a severity number; numbers above 24 are fatal, numbers below 1 unspecified.
    init(number: Int) {
        self = number < 1 ? .unspecified : Severity(rawValue: min((number - 1) / 4, 5) + 1) ?? .unspecified
    }

    /// The smallest severity number of the class.
    var lowestNumber: Int { self == .unspecified ? 0 : (rawValue - 1) * 4 + 1 }

    /// Upper case, as in OpenTelemetry: `UNSPECIFIED`, `TRACE` ... `FATAL`.
    var name: String {
        switch self {
        case .unspecified: "UNSPECIFIED"
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warn: "WARN"
        case .error: "ERROR"
        case .fatal: "FATAL"
        }
    }

    static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}

// What a rule's `grouping_key` may say: the one parser for the API that stores rules and the gateway that applies them.

/// Where the value that alerts are grouped by comes from.
///
/// `class`, `severity`, `source`, `component`, `summary`, or `details.` and a path: names separated by dots, where a whole number also
/// is the index of an array's element, and `\.` and `\\` stand for a dot and a backslash within a name.
public enum GroupingKey: Sendable, Hashable {
    case `class`, severity, source, component, summary
    /// The names on the way to a value within `details`, at least one.
    case details([String])

    /// More names than this make no key.
    public static let maximumDepth = 16

    /// Parses one key; nil where it is none.
    public init?(_ text: String) {
        switch text {
        case "class": self = .class
        case "severity": self = .severity
        case "source": self = .source
        case "component": self = .component
        case "summary": self = .summary
        default:
            guard text.hasPrefix("details."), let path = Self.path(text.dropFirst("details.".count)) else { return nil }
            self = .details(path)
        }
    }

    private static func path(_ text: Substring) -> [String]? {
        var names = [""]
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped || (scalar != "." && scalar != "\\") {
                guard !isEscaped || scalar == "." || scalar == "\\" else { return nil }
                names[names.count - 1].unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "." {
                names.append("")
            } else {
                isEscaped = true
            }
        }
        guard !isEscaped, names.count <= maximumDepth, names.allSatisfy({ !$0.isEmpty }) else { return nil }
        return names
    }
}

// What an examination found, and what to do about it.

import ArgusShared

/// One result of a check.
struct Finding: Sendable, Hashable {
    enum Status: String, Sendable, Comparable {
        case ok, warning, problem

        static func < (left: Status, right: Status) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .problem: 2
            }
        }
    }

    /// What was looked at: `bus`, `stream ARGUS_ALERTS`, ...
    let subject: String
    let status: Status
    let message: String
    /// What to do, or what one could do; nil where there is nothing to do.
    let advice: String?

    static func ok(_ subject: String, _ message: String) -> Finding {
        Finding(subject: subject, status: .ok, message: message, advice: nil)
    }

    /// Nothing is wrong: it is something that one may want or not.
    static func unused(_ subject: String, _ message: String, advice: String) -> Finding {
        Finding(subject: subject, status: .ok, message: message, advice: advice)
    }

    static func warning(_ subject: String, _ message: String, advice: String) -> Finding {
        Finding(subject: subject, status: .warning, message: message, advice: advice)
    }

    static func problem(_ subject: String, _ message: String, advice: String) -> Finding {
        Finding(subject: subject, status: .problem, message: message, advice: advice)
    }

    /// Lines for people.
    func lines(_ style: Style) -> [String] {
        let mark: (text: String, color: Style.Color) =
            switch status {
            case .ok: (style.hasSymbols ? "✔" : "ok     ", .green)
            case .warning: (style.hasSymbols ? "⚠" : "warning", .yellow)
            case .problem: (style.hasSymbols ? "✖" : "PROBLEM", .red)
            }
        var lines = ["\(style.paint(mark.text, mark.color)) \(style.paint(subject, .bold)): \(Table.printable(message))"]
        if let advice { lines.append("  \(style.arrow) \(advice)") }
        return lines
    }

    var json: JSONValue {
        .object([
            .init("check", .string(subject)), .init("status", .string(status.rawValue)), .init("message", .string(message)),
            .init("advice", advice.map { .string($0) } ?? .null),
        ])
    }
}

// What is printed of decisions.

import ArgusShared

/// Lines about decisions.
struct RemediationReport: Sendable {
    let output: Output

    /// Prints a decision: a line for people, or its JSON.
    func decision(_ decision: RemediationDecision) throws {
        try output.isJSON ? output.json(decision.json) : output.line(Self.text(decision, output))
    }

    /// Tells that a policy file is right.
    func checked(_ set: RemediationPolicySet) throws {
        if output.isJSON {
            let names = set.policies.map { JSONValue.string($0.name) }
            return try output.json(
                .object([.init("name", .string(set.name)), .init("status", .string("ok")), .init("policies", .array(names))]))
        }
        let count = set.policies.count
        try output.line("\(set.name): \(count) \(count == 1 ? "policy" : "policies"), all right")
        if set.manager == nil {
            for policy in set.policies where policy.alert.manager == nil {
                try note(
                    "when \(policy.name) gives up, nobody is told: no event manager is named, neither in the policy file nor by --manager")
            }
        }
    }

    /// Tells what is no decision.
    func note(_ text: String) throws {
        try output.note("argus remediate: \(text)")
    }

    static func text(_ decision: RemediationDecision, _ output: Output) -> String {
        let style = output.style
        let level = level(of: decision.kind)
        var line = "\(style.paint(output.clock(decision.timestamp), .dim)) \(style.icon(level)) "
        line += style.paint(Table.printable("\(decision.namespace)/\(decision.process)"), .bold)
        line += " \(decision.action.rawValue) "
        line += style.paint(decision.kind.rawValue.replacing("_", with: " "), level == .info ? nil : style.color(level))
        line += ": " + Table.printable(decision.reason) + style.paint(" [\(decision.policy)]", .dim)
        return decision.isDryRun ? line + " (dry run)" : line
    }

    private static func level(of kind: RemediationDecision.Kind) -> ProcessEvent.Level {
        switch kind {
        case .scheduled, .skipped: .debug
        case .started, .succeeded, .recovered, .alerted: .info
        case .failed: .warning
        case .gaveUp: .error
        }
    }
}

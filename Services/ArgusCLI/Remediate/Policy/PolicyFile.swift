// Policy files.

import ArgusShared
import Foundation
import Yams

/// A file of policies.
enum PolicyFile {
    private static let largest = 1 << 20
    private static let day: Int64 = 86_400_000

    /// The file cannot be used.
    struct Refusal: Error, Equatable {
        /// In the order of the file, at least one.
        let issues: [PolicyIssue]

        /// One line for each complaint: `file:line:column: field: message`.
        func text(_ file: String) -> String {
            issues.map { "\(file):\($0.line):\($0.column): \($0.field.isEmpty ? "" : "\($0.field): ")\($0.message)" }.joined(
                separator: "\n")
        }
    }

    /// Reads the file at `path`.
    ///
    /// - Throws: `CommandLineError` with every complaint about the file.
    static func load(_ path: String) throws -> RemediationPolicySet {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandLineError(.usage, "the policy file \(path) cannot be read")
        }
        guard data.count <= largest else { throw CommandLineError(.usage, "the policy file \(path) is larger than 1 MiB") }
        do throws(Refusal) {
            return try parse(String(decoding: data, as: UTF8.self))
        } catch {
            throw CommandLineError(.usage, "the policy file is refused\n\(error.text(path))")
        }
    }

    /// Reads policies.
    static func parse(_ yaml: String) throws(Refusal) -> RemediationPolicySet {
        let issues = PolicyIssues()
        let set = readSet(try compose(yaml), issues)
        guard issues.all.isEmpty, let set else { throw Refusal(issues: issues.all.sorted()) }
        return set
    }

    private static func compose(_ yaml: String) throws(Refusal) -> Node {
        func refusal(_ message: String, _ mark: Mark?) -> Refusal {
            Refusal(issues: [PolicyIssue(line: mark?.line ?? 1, column: mark?.column ?? 1, field: "", message: message)])
        }
        do {
            guard let node = try Yams.compose(yaml: yaml) else { throw refusal("is empty: it needs at least policies", nil) }
            return node
        } catch let error as Refusal {
            throw error
        } catch let YamlError.scanner(_, problem, mark, _) {
            throw refusal("is no YAML: \(problem)", mark)
        } catch let YamlError.parser(_, problem, mark, _) {
            throw refusal("is no YAML: \(problem)", mark)
        } catch let YamlError.composer(_, problem, mark, _) {
            throw refusal("is no YAML: \(problem)", mark)
        } catch let YamlError.duplicatedKeysInMapping(duplicates, context) {
            throw refusal("has a field twice: \(duplicates.joined(separator: ", "))", context.mark)
        } catch {
            throw refusal("is no YAML: \(error)", nil)
        }
    }

    private static func readSet(_ node: Node, _ issues: PolicyIssues) -> RemediationPolicySet? {
        guard let fields = PolicyFields(node, path: "", known: ["name", "manager", "dependencies", "policies"], issues: issues) else {
            return nil
        }
        var set = RemediationPolicySet(policies: [])
        if let name = identifier("name", fields) { set.name = name }
        set.manager = fields.text("manager")
        if let graph = readDependencies(fields) { set.dependencies = graph }
        guard let list = fields["policies"] else {
            fields.complain("is missing: a list of policies", about: "policies")
            return nil
        }
        guard case .sequence(let items) = list, !items.isEmpty else {
            fields.complain("must be a list of at least one policy", about: "policies")
            return nil
        }
        for (index, item) in items.enumerated() {
            guard let policy = readPolicy(item, "policies[\(index)]", manager: set.manager, issues) else { continue }
            if set.policies.contains(where: { $0.name == policy.name }) {
                issues.add("is the name of two policies: \(policy.name)", field: "policies[\(index)].name", at: item)
            }
            set.policies.append(policy)
        }
        return set
    }

    /// What names something on the bus.
    private static func identifier(_ name: String, _ fields: PolicyFields) -> String? {
        guard let text = fields.text(name) else { return nil }
        guard RemediationName.isValid(text) else {
            fields.complain("must be 1 to 64 letters, digits, - or _, but is \"\(text.prefix(80))\"", about: name)
            return nil
        }
        return text
    }

    private static func readDependencies(_ fields: PolicyFields) -> DependencyGraph? {
        guard let node = fields["dependencies"] else { return nil }
        guard case .mapping(let mapping) = node else {
            fields.complain("must be a mapping from a process to what it needs", about: "dependencies")
            return nil
        }
        let names = mapping.compactMap { $0.key.scalar?.string }
        guard let members = PolicyFields(node, path: "dependencies", known: names, issues: fields.issues) else { return nil }
        let needs = names.reduce(into: [String: [String]]()) { $0[$1] = members.texts($1) ?? [] }
        do throws(DependencyGraph.Cycle) {
            return try DependencyGraph(needs: needs)
        } catch {
            members.complain("is a cycle: \(error.path.joined(separator: " needs "))", about: error.path[0])
            return nil
        }
    }

    private static func readPolicy(_ node: Node, _ path: String, manager: String?, _ issues: PolicyIssues) -> RemediationPolicy? {
        let known = [
            "name", "match", "action", "timeout", "limits", "backoff", "cooldown", "recovered_after", "restart_dependents", "alert",
        ]
        guard let fields = PolicyFields(node, path: path, known: known, issues: issues) else { return nil }
        if fields["name"] == nil { fields.complain("is missing: decisions name their policy", about: "name") }
        var policy = RemediationPolicy(name: identifier("name", fields) ?? "")
        if let match = fields["match"] { policy.match = readMatch(match, fields.field("match"), issues) }
        if let limits = fields["limits"] { policy.limits = readLimits(limits, fields.field("limits"), issues) }
        if let backoff = fields["backoff"] { policy.backoff = readBackoff(backoff, fields.field("backoff"), issues) }
        if let cooldown = fields.span("cooldown", 0...day) { policy.cooldown = cooldown }
        if let span = fields.span("recovered_after", 1000...day) { policy.recoveredAfter = span }
        if let restarts = fields.bool("restart_dependents") { policy.restartsDependents = restarts }
        if let alert = fields["alert"] { policy.alert = readAlert(alert, fields.field("alert"), issues) }
        if let action = readAction(fields) { policy.action = action }
        if policy.action == .alert, policy.alert.manager == nil, manager == nil {
            fields.complain("needs an event manager: name it in \(fields.field("alert.manager")), or in manager for all", about: "action")
        }
        return policy
    }

    private static func readMatch(_ node: Node, _ path: String, _ issues: PolicyIssues) -> ProcessMatch {
        var match = ProcessMatch()
        let known = ["process", "namespace", "type", "health", "consecutive"]
        guard let fields = PolicyFields(node, path: path, known: known, issues: issues) else { return match }
        if let texts = fields.texts("process") { match.processes = texts.map { WildcardPattern($0) } }
        if let texts = fields.texts("namespace") { match.namespaces = texts.map { WildcardPattern($0) } }
        if let kinds = fields.choices("type", of: ProcessEvent.Kind.self) { match.kinds = Set(kinds) }
        match.health = fields.choice("health", of: ProcessMatch.Health.self)
        if let count = fields.integer("consecutive", 1...1000) { match.consecutive = count }
        return match
    }

    private static func readLimits(_ node: Node, _ path: String, _ issues: PolicyIssues) -> RemediationPolicy.Limits {
        var limits = RemediationPolicy.Limits()
        guard let fields = PolicyFields(node, path: path, known: ["max_attempts", "within"], issues: issues) else { return limits }
        if let count = fields.integer("max_attempts", 1...1000) { limits.maximumAttempts = count }
        if let span = fields.span("within", 1000...(7 * day)) { limits.within = span }
        return limits
    }

    private static func readBackoff(_ node: Node, _ path: String, _ issues: PolicyIssues) -> Backoff {
        var backoff = Backoff()
        let known = ["initial", "factor", "max", "jitter"]
        guard let fields = PolicyFields(node, path: path, known: known, issues: issues) else { return backoff }
        if let span = fields.span("initial", 0...day) { backoff.initial = span }
        if let factor = fields.number("factor", 1...100) { backoff.factor = factor }
        if let span = fields.span("max", 0...day) { backoff.maximum = span }
        if let jitter = fields.number("jitter", 0...1) { backoff.jitter = jitter }
        if backoff.maximum < backoff.initial {
            let (least, most) = (TimeSpan.text(milliseconds: backoff.initial), TimeSpan.text(milliseconds: backoff.maximum))
            fields.complain("is \(most), less than initial, which is \(least)", about: "max")
        }
        return backoff
    }

    private static func readAlert(_ node: Node, _ path: String, _ issues: PolicyIssues) -> RemediationPolicy.AlertSettings {
        var alert = RemediationPolicy.AlertSettings()
        let known = ["manager", "severity", "class", "summary"]
        guard let fields = PolicyFields(node, path: path, known: known, issues: issues) else { return alert }
        alert.manager = fields.text("manager")
        if let severity = fields.choice("severity", of: RemediationPolicy.AlertSettings.Severity.self) { alert.severity = severity }
        if let eventClass = fields.text("class") { alert.eventClass = eventClass }
        alert.summary = fields.text("summary")
        return alert
    }

    private static func readAction(_ fields: PolicyFields) -> PolicyAction? {
        let timeout = fields.span("timeout", 100...3_600_000)
        let plain: [String: PolicyAction] = ["restart": .restart, "stop": .stop, "alert": .alert]
        guard let node = fields["action"] else { return nil }
        if fields["timeout"] != nil, node.mapping?["command"] == nil {
            fields.complain("is only for an action that is a command", about: "timeout")
        }
        guard case .mapping(let mapping) = node else {
            if let action = node.scalar.flatMap({ plain[$0.string] }) { return action }
            fields.complain("must be restart, stop, alert, {scale: COUNT} or {command: [PROGRAM, ARGUMENT, ...]}", about: "action")
            return nil
        }
        guard let inner = PolicyFields(node, path: fields.field("action"), known: ["scale", "command"], issues: fields.issues) else {
            return nil
        }
        guard mapping.count == 1 else {
            fields.complain("must be one action", about: "action")
            return nil
        }
        if let count = inner.integer("scale", 1...1000) { return .scale(count) }
        guard let command = inner.texts("command") else { return nil }
        guard command[0].hasPrefix("/") else {
            inner.complain("must begin with the program's absolute path, but begins with \"\(command[0])\"", about: "command")
            return nil
        }
        return .command(command, timeout: timeout ?? 30_000)
    }
}

/// Names on the bus.
enum RemediationName {
    /// Whether a text can be part of a key.
    static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch UnicodeScalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
                default: false
                }
            }
    }
}

// Reading YAML so that every complaint names its line, column and field.

import Yams

/// Something in a policy file is wrong.
struct PolicyIssue: Sendable, Equatable, Comparable {
    /// From 1.
    var line: Int
    /// From 1.
    var column: Int
    /// As in `policies[0].limits.max_attempts`; empty for the file as a whole.
    var field: String
    var message: String

    static func < (left: PolicyIssue, right: PolicyIssue) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// The complaints about one file.
final class PolicyIssues {
    private(set) var all: [PolicyIssue] = []

    func add(_ message: String, field: String, at node: Node) {
        let mark = node.mark
        all.append(PolicyIssue(line: mark?.line ?? 1, column: mark?.column ?? 1, field: field, message: message))
    }
}

/// The members of a YAML mapping.
///
/// A read returns nil both for a member that is missing and for one that is wrong; the latter is a complaint.
struct PolicyFields {
    /// Where in the file, as a prefix for fields.
    let path: String
    let node: Node
    let issues: PolicyIssues
    private var members: [String: Node] = [:]

    /// nil, after a complaint, for what is no mapping. Members other than `known` are complained about.
    init?(_ node: Node, path: String, known: [String], issues: PolicyIssues) {
        (self.path, self.node, self.issues) = (path, node, issues)
        guard case .mapping(let mapping) = node else {
            issues.add("must be a mapping with \(known.joined(separator: ", "))", field: path, at: node)
            return nil
        }
        for (key, value) in mapping {
            guard let name = key.scalar?.string, known.contains(name) else {
                let name = key.scalar?.string ?? "?"
                let hint = Spelling.closest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
                let choice = "there is no such field\(hint) (there are \(known.joined(separator: ", ")))"
                issues.add(choice, field: path.isEmpty ? name : "\(path).\(name)", at: key)
                continue
            }
            members[name] = value
        }
    }

    subscript(name: String) -> Node? {
        guard let node = members[name] else { return nil }
        if case .scalar(let scalar) = node, scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null", scalar.style == .plain
        {
            return nil
        }
        return node
    }

    /// The name of a member as complaints give it.
    func field(_ name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }

    func complain(_ message: String, about name: String) {
        issues.add(message, field: field(name), at: members[name] ?? node)
    }

    func text(_ name: String) -> String? {
        guard let node = self[name] else { return nil }
        guard let scalar = node.scalar, !scalar.string.isEmpty else {
            complain("must be a text", about: name)
            return nil
        }
        return scalar.string
    }

    /// A text, or a list of texts.
    func texts(_ name: String) -> [String]? {
        guard let node = self[name] else { return nil }
        guard case .sequence(let items) = node else { return text(name).map { [$0] } }
        let texts = items.compactMap(\.scalar?.string)
        guard !texts.isEmpty, texts.count == items.count, !texts.contains("") else {
            complain("must be a text or a list of texts", about: name)
            return nil
        }
        return texts
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node = self[name] else { return nil }
        guard let value = node.scalar.flatMap({ Int($0.string) }), range.contains(value) else {
            complain("must be a whole number from \(range.lowerBound) to \(range.upperBound), but is \(Self.shown(node))", about: name)
            return nil
        }
        return value
    }

    func number(_ name: String, _ range: ClosedRange<Double>) -> Double? {
        guard let node = self[name] else { return nil }
        guard let value = node.scalar.flatMap({ Double($0.string) }), range.contains(value) else {
            complain("must be a number from \(range.lowerBound) to \(range.upperBound), but is \(Self.shown(node))", about: name)
            return nil
        }
        return value
    }

    func bool(_ name: String) -> Bool? {
        guard let node = self[name] else { return nil }
        guard let value = node.bool else {
            complain("must be true or false, but is \(Self.shown(node))", about: name)
            return nil
        }
        return value
    }

    /// Milliseconds of a span such as `90s`.
    func span(_ name: String, _ range: ClosedRange<Int64>) -> Int64? {
        guard let node = self[name] else { return nil }
        guard let span = node.scalar.flatMap({ TimeSpan(argument: $0.string) })?.milliseconds, range.contains(span) else {
            let limits = "\(TimeSpan.text(milliseconds: range.lowerBound)) to \(TimeSpan.text(milliseconds: range.upperBound))"
            complain("must be a span of \(limits), such as 500ms, 90s or 1h30m, but is \(Self.shown(node))", about: name)
            return nil
        }
        return span
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, of type: Choice.Type) -> Choice? where Choice.RawValue == String {
        choices(name, of: type, isSingle: true)?.first
    }

    func choices<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type, isSingle: Bool = false
    ) -> [Choice]? where Choice.RawValue == String {
        guard let texts = isSingle ? text(name).map({ [$0] }) : texts(name) else { return nil }
        let known = Choice.allCases.map(\.rawValue)
        var chosen: [Choice] = []
        for text in texts {
            guard let choice = Choice(rawValue: text) else {
                let hint = Spelling.closest(to: text, among: known).map { "; did you mean \($0)?" } ?? ""
                complain("must be \(known.joined(separator: ", ")), but is \"\(text)\"\(hint)", about: name)
                return nil
            }
            chosen.append(choice)
        }
        return chosen
    }

    private static func shown(_ node: Node) -> String {
        node.scalar.map { "\"\($0.string.prefix(60))\"" } ?? (node.mapping != nil ? "a mapping" : "a list")
    }
}

/// Names that somebody may have meant.
enum Spelling {
    /// The name that differs least, if the difference is small.
    static func closest(to name: String, among known: [String]) -> String? {
        let nearest = known.map { ($0, distance(name.lowercased(), $0)) }.min { $0.1 < $1.1 }
        guard let nearest, nearest.1 <= max(1, nearest.0.count / 3) else { return nil }
        return nearest.0
    }

    /// Single letters to add, drop or change.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8))
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for position in right.indices {
                let change = diagonal + (letter == right[position] ? 0 : 1)
                diagonal = row[position + 1]
                row[position + 1] = min(change, diagonal + 1, row[position] + 1)
            }
        }
        return row[right.count]
    }
}

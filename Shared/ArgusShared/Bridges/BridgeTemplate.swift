// Texts with placeholders.

/// What a placeholder of a template stands for.
public enum BridgePlaceholder: String, Sendable, CaseIterable {
    case namespace, process
    case client, workflow, run, node
    case type, status, timestamp
    /// What happened, in words: `crashed with exit code 1`.
    case what
    case exitCode = "exit_code"
    case restarts
    case pid
    case oldStatus = "old_status"
    case newStatus = "new_status"
    case error
    case attempt

    /// Whether events of `source` have it.
    public func exists(in source: Bridge.Source) -> Bool {
        switch self {
        case .type, .status, .timestamp, .what: true
        case .namespace, .process, .exitCode, .restarts, .pid, .oldStatus, .newStatus: source == .process
        case .client, .workflow, .run, .node, .error, .attempt: source == .workflow
        }
    }

    /// Whether it says what an event is about, so that a trigger and its resolve have the same value.
    public var isIdentity: Bool {
        switch self {
        case .namespace, .process, .client, .workflow, .run, .node: true
        default: false
        }
    }

    /// The names that a template of `source` may use.
    public static func names(in source: Bridge.Source) -> [String] {
        allCases.filter { $0.exists(in: source) }.map(\.rawValue)
    }
}

/// A text with placeholders in braces: `{namespace}/{process} {what}`. `{{` and `}}` stand for braces.
public struct BridgeTemplate: Sendable, Equatable {
    /// A part of the text.
    public enum Part: Sendable, Equatable {
        case literal(String)
        case placeholder(BridgePlaceholder)
    }

    /// What a text that is no template has wrong.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        /// For people: continues a sentence that begins with the field's name.
        public let description: String
    }

    public let parts: [Part]

    /// A template of these parts.
    public init(_ parts: [Part]) {
        self.parts = parts
    }

    /// A text without placeholders.
    public init(literal: String) {
        parts = literal.isEmpty ? [] : [.literal(literal)]
    }

    /// Reads a template for events of `source`.
    public init(_ text: String, source: Bridge.Source) throws(Malformed) {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                literal.append(rest.removeFirst())
            case "{":
                guard let end = rest.firstIndex(of: "}") else { throw Malformed(description: "has a { without }; {{ stands for a brace") }
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(.placeholder(try Self.placeholder(String(rest[..<end]), source)))
                rest = rest[rest.index(after: end)...]
            case "}": throw Malformed(description: "has a } without {; }} stands for a brace")
            default: literal.append(character)
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.parts = parts
    }

    private static func placeholder(_ name: String, _ source: Bridge.Source) throws(Malformed) -> BridgePlaceholder {
        if let known = BridgePlaceholder(rawValue: name), known.exists(in: source) { return known }
        let names = BridgePlaceholder.names(in: source).map { "{\($0)}" }.joined(separator: " ")
        throw Malformed(description: "has an unknown placeholder {\(name.prefix(64))}; there are \(names)")
    }

    /// The placeholders it uses.
    public var placeholders: [BridgePlaceholder] {
        parts.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
    }

    /// The template as it is written.
    public var text: String {
        parts.map { part in
            switch part {
            case .literal(let text): text.replacing("{", with: "{{").replacing("}", with: "}}")
            case .placeholder(let placeholder): "{\(placeholder.rawValue)}"
            }
        }.joined()
    }

    /// The text for an event. What the event does not have is empty.
    public func rendered(_ event: BridgeEvent) -> String {
        parts.map { part in
            switch part {
            case .literal(let text): text
            case .placeholder(let placeholder): event.values[placeholder] ?? ""
            }
        }.joined()
    }
}

// Flags that stand for variables, for services that people also start by hand.

/// A flag of a service's command line: another way to set one of its variables.
public struct CommandLineFlag: Sendable {
    /// With its dashes: `--poll-interval`.
    public let name: String
    /// The variable it sets.
    public let variable: String
    /// nil for a flag that takes a value; otherwise what its presence sets.
    public let presence: String?
    /// One line of help.
    public let help: String

    /// A flag that takes a value. Given more than once, the values are joined by commas.
    public init(_ name: String, sets variable: String, help: String) {
        self.init(name, variable, nil, help)
    }

    /// A flag that is there or not.
    public init(_ name: String, sets variable: String, to value: String, help: String) {
        self.init(name, variable, value, help)
    }

    private init(_ name: String, _ variable: String, _ presence: String?, _ help: String) {
        self.name = name
        self.variable = variable
        self.presence = presence
        self.help = help
    }

    /// Takes the flags out of `arguments` and puts what they say over `environment`. Other arguments are left; so is a flag whose value
    /// is missing.
    static func apply(
        _ flags: [CommandLineFlag], to environment: [String: String], _ arguments: [String]
    ) -> (environment: [String: String], rest: [String]) {
        var given: [String: [String]] = [:]
        var rest: [String] = []
        var words = arguments[...]
        while let word = words.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let flag = flags.first(where: { $0.name == parts[0] }) else {
                rest.append(word)
                continue
            }
            if let presence = flag.presence, parts.count == 1 {
                given[flag.variable] = [presence]
            } else if flag.presence == nil, let value = parts.count == 2 ? parts[1] : words.popFirst() {
                given[flag.variable, default: []].append(value)
            } else {
                rest.append(word)
            }
        }
        let values = given.mapValues { $0.joined(separator: ",") }
        return (environment.merging(values) { _, flag in flag }, rest)
    }
}

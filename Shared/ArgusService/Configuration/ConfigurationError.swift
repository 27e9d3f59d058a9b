// Why a service's configuration was refused, one sentence per problem.

/// What is wrong with the configuration of a service.
///
/// Every problem found in one start is listed, so that a person fixes them in one go. No problem quotes a secret.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence per problem, each naming the variable, the value and what is allowed.
    public let problems: [String]

    /// Creates an error from the problems found.
    public init(problems: [String]) {
        self.problems = problems
    }

    /// The problems, one per line.
    public var description: String {
        problems.joined(separator: "\n")
    }
}

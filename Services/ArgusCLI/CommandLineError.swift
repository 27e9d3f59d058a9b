// What can go wrong in a command, in one type.

/// A command failed. The message is one sentence for the person who typed it.
struct CommandLineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// How the program ends.
    let status: CommandStatus
    /// What was attempted, what happened, what to do.
    let message: String

    init(_ status: CommandStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    var description: String { message }
}

/// Whoever reads our output has gone, for example `head`: nothing is wrong.
struct OutputClosed: Error {}

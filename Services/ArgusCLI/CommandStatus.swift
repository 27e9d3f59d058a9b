// How the program can end.

/// Exit codes. They are documented in the help, so they do not change.
enum CommandStatus: Int32, Sendable {
    case success = 0
    /// The command could not do what it was asked to, or found something wrong.
    case failure = 1
    /// The command line makes no sense.
    case usage = 2
    /// The bus or a service does not answer.
    case unreachable = 3
    /// Credentials are missing, wrong or not enough.
    case refused = 4
    /// What was named does not exist.
    case notFound = 5
    /// Interrupted: before it was done, or while it followed something. By another signal than Ctrl-C's it is 128 and its number.
    case interrupted = 130

    static let explanation = """
        Exit codes: 0 done; 1 failed, or something is wrong; 2 the command line makes no sense; 3 the bus or a service does not answer; \
        4 credentials are missing or not enough; 5 what was named does not exist; 130 interrupted by Ctrl-C (143 by SIGTERM), which is \
        also how watch and tail end. top and remediate end with 0 when they are told to end.
        """
}

// The command line of Argus: its commands, and how it ends.

import ArgumentParser
import ArgusShared
import Glibc

/// `argus`.
@main
struct Argus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "argus",
        abstract: "Watch, ask and steer an Argus suite from a terminal.",
        discussion: """
            Where to begin:
              argus doctor                 is everything there, and if not, what to do
              argus top                    processes, alerts and rates on one screen
              argus watch --since 1h       what happens to processes
              argus alerts list            what is broken
              argus remediate              restart what crashes, and tell people when that does not help

            The event bus is --nats-url, NATS_URL, or a context of the nats command line (--context, or the one selected with it). \
            The services are behind --url or ARGUS_URL; a token for them comes from --token or ARGUS_TOKEN.

            Every command takes --json, and then prints JSON for programs: one value, or one a line while it follows something. \
            Colours appear on a terminal only, and not if NO_COLOR is set.

            \(CommandStatus.explanation)

            Completions: argus --generate-completion-script bash (or zsh, fish).
            """,
        version: SuiteVersion.current,
        subcommands: commands)

    /// Every command, in the order in which help shows them. A new one is a line here.
    private static let commands: [any ParsableCommand.Type] = [
        Top.self, Watch.self, History.self, ProcessCommands.self, Remediate.self, Send.self, AlertCommands.self, RuleCommands.self,
        ManagerCommands.self, DeadLetterCommands.self, TailCommands.self, Doctor.self,
    ]

    static func main() async {
        Surroundings.holdStandardDescriptors()
        let status = await Interruption.cancelling { await run(arguments: Array(CommandLine.arguments.dropFirst())) }
        if status == .interrupted { Interruption.endBySignal() }
        Glibc.exit(status.rawValue)
    }

    /// Runs the command that `arguments` (without the program's name) say, telling problems on standard error.
    static func run(arguments: [String]) async -> CommandStatus {
        let surroundings = Surroundings.current
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            let ending = Ending(Task.isCancelled && !(error is OutputClosed) ? CancellationError() : error)
            if let text = ending.output { try? surroundings.standardOutput(Array((text + "\n").utf8)) }
            if let text = ending.complaint { try? surroundings.standardError(Array((text + "\n").utf8)) }
            return ending.status
        }
    }
}

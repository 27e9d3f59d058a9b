// Surroundings that keep what a command prints.

import ArgusShared
import Synchronization

@testable import ArgusCLI

/// What commands printed.
final class Captured: Sendable {
    private let texts = Mutex((output: "", errors: ""))

    var output: String { texts.withLock { $0.output } }
    var errors: String { texts.withLock { $0.errors } }

    /// Surroundings with this environment, in UTC, that print to here.
    func surroundings(_ environment: [String: String] = [:], isTerminal: Bool = false) -> Surroundings {
        Surroundings(
            environment: environment,
            standardOutput: { bytes in self.texts.withLock { $0.output += String(decoding: bytes, as: UTF8.self) } },
            standardError: { bytes in self.texts.withLock { $0.errors += String(decoding: bytes, as: UTF8.self) } },
            isTerminal: isTerminal, utcOffset: { _ in 0 })
    }

    /// Runs a command line.
    func run(_ arguments: [String], environment: [String: String] = [:]) async -> CommandStatus {
        await Surroundings.$current.withValue(surroundings(environment)) { await Argus.run(arguments: arguments) }
    }
}

// A process as a person names it.

import ArgumentParser
import ArgusShared

/// `name`, or `namespace/name`. Either may hold slashes, so only a process can tell whether it is meant.
struct ProcessName: ExpressibleByArgument, Sendable, Hashable, CustomStringConvertible {
    let description: String

    init?(argument: String) {
        guard !argument.isEmpty, !argument.hasPrefix("/"), !argument.hasSuffix("/") else { return nil }
        description = argument
    }

    /// How process-compose calls the process that scaling is about: `state`, or the process that it is a replica of. nil if it means another.
    func scaled(_ state: ProcessState) -> String? {
        let replicated = state.name.replacing(/-[0-9]+$/, with: "")
        return [state.name, replicated].first { description == $0 || description == "\(state.namespace)/\($0)" }
    }

    /// Whether it means this process.
    func matches(_ state: ProcessState) -> Bool {
        description == state.name || description == "\(state.namespace)/\(state.name)"
    }
}

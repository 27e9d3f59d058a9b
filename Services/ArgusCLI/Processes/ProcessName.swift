// A process as a person names it.

import ArgumentParser
import ArgusShared

/// `name`, or `namespace/name`.
struct ProcessName: ExpressibleByArgument, Sendable, Hashable {
    let namespace: String?
    let name: String

    init?(argument: String) {
        guard let slash = argument.firstIndex(of: "/") else {
            guard !argument.isEmpty else { return nil }
            (namespace, name) = (nil, argument)
            return
        }
        let rest = argument[argument.index(after: slash)...]
        guard slash != argument.startIndex, !rest.isEmpty else { return nil }
        (namespace, name) = (String(argument[..<slash]), String(rest))
    }

    /// Whether it means this process.
    func matches(_ state: ProcessState) -> Bool {
        state.name == name && (namespace == nil || namespace == state.namespace)
    }
}

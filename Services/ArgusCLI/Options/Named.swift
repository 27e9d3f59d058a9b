// What a person calls something that exists already.

import ArgumentParser

/// A name, an identifier or a key that is not empty. An empty one, mostly from a variable of a script that was never set, would mean the
/// whole list instead of a member of it.
struct Named: ExpressibleByArgument, Sendable, Hashable, CustomStringConvertible {
    let description: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        description = argument
    }
}

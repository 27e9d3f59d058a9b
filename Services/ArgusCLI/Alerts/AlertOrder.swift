// The order of a list of alerts.

import ArgumentParser

/// A key that alert-api sorts by; `-` before it for descending order.
struct AlertOrder: ExpressibleByArgument, Sendable, Hashable {
    private static let keys = ["created_at", "updated_at", "severity"]

    let text: String

    init?(argument: String) {
        guard Self.allValueStrings.contains(argument) else { return nil }
        text = argument
    }

    static let allValueStrings = keys + keys.map { "-" + $0 }
    static let defaultCompletionKind = CompletionKind.list(allValueStrings)
}

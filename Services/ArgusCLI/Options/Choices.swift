// One or more values of a closed set, separated by commas.

import ArgumentParser

/// What a list is narrowed to: `high`, or `high,medium`. Anything else is refused before anybody is asked.
struct Choices<Choice>: ExpressibleByArgument, Sendable, Hashable
where Choice: RawRepresentable & CaseIterable & Sendable & Hashable, Choice.RawValue == String {
    let values: [Choice]

    init?(argument: String) {
        var values: [Choice] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = Choice(rawValue: String(part)) else { return nil }
            values.append(value)
        }
        self.values = values
    }

    /// As a query says it.
    var text: String { values.map(\.rawValue).joined(separator: ",") }

    static var allValueStrings: [String] { Choice.allCases.map(\.rawValue) }
    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}

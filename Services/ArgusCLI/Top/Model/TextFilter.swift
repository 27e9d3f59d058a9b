// What is shown of a list.

import Foundation

/// Words that must all be found, whatever their case.
struct TextFilter: Sendable, Hashable {
    static let longest = 64

    var text = ""

    var isEmpty: Bool { text.isEmpty }

    func matches(_ candidates: String...) -> Bool {
        text.split(separator: " ").allSatisfy { word in
            candidates.contains { $0.range(of: word, options: [.caseInsensitive, .diacriticInsensitive]) != nil }
        }
    }

    /// Adds what was typed or pasted, as far as it can be shown on one line.
    mutating func append(_ more: String) {
        let printable = more.filter { character in !character.unicodeScalars.contains { $0.properties.generalCategory == .control } }
        text += printable.prefix(Self.longest - min(text.count, Self.longest))
    }
}

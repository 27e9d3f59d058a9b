// Takes secrets and personal data out of text before it leaves.

import Foundation

/// Replaces what looks like a secret, a credential, a card number or an e-mail address by a word in brackets.
///
/// It errs on the side of masking: text that only resembles a secret goes too. What it cannot know is a secret without any shape, such as a
/// short password in prose without the word before it.
struct SecretMasker: Sendable {
    /// What stands for a secret.
    static let mask = "[masked]"

    /// Longer texts are cut before they are searched.
    static let maximumLength = 16 * 1024
    /// A secret may have been cut at the end of a text that was cut, so that it does not look like one any more.
    private static let margin = 1024

    private struct Rule {
        let expression: NSRegularExpression
        let replacement: String
    }

    private let rules: [Rule]
    private let cards: NSRegularExpression?
    private let sensitiveName: NSRegularExpression?

    init() {
        rules = SecretPatterns.rules.compactMap { pattern, replacement in
            (try? NSRegularExpression(pattern: pattern)).map { Rule(expression: $0, replacement: replacement) }
        }
        cards = try? NSRegularExpression(pattern: SecretPatterns.cards)
        sensitiveName = try? NSRegularExpression(pattern: "(?i)" + SecretPatterns.names)
    }

    /// Text without secrets.
    func mask(_ text: String) -> String {
        var result = text
        let isCut = text.utf16.count > Self.maximumLength
        if isCut { result = String(decoding: Array(text.utf16.prefix(Self.maximumLength)), as: UTF16.self) }
        for rule in rules {
            result = rule.expression.stringByReplacingMatches(in: result, range: Self.whole(result), withTemplate: rule.replacement)
        }
        result = maskCards(result)
        return isCut ? String(result.dropLast(Self.margin)) : result
    }

    /// Whether the value of a name, such as `db.password`, is a secret whatever it looks like.
    func isSensitive(name: String) -> Bool {
        sensitiveName?.firstMatch(in: name, range: Self.whole(name)) != nil
    }

    private func maskCards(_ text: String) -> String {
        guard let cards else { return text }
        var result = text
        for match in cards.matches(in: text, range: Self.whole(text)).reversed() {
            guard let range = Range(match.range, in: result) else { continue }
            if Self.isCard(result[range]) { result.replaceSubrange(range, with: "[masked number]") }
        }
        return result
    }

    /// Whether digits pass the check of ISO/IEC 7812, or are written in groups of four as on a card.
    private static func isCard(_ text: Substring) -> Bool {
        let groups = text.split(whereSeparator: { $0 == " " || $0 == "-" })
        if groups.count == 4, groups.allSatisfy({ $0.count == 4 }) { return true }
        let digits = text.compactMap(\.wholeNumberValue)
        var sum = 0
        for (index, digit) in digits.reversed().enumerated() {
            let doubled = index.isMultiple(of: 2) ? digit : digit * 2
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }

    private static func whole(_ text: String) -> NSRange {
        NSRange(location: 0, length: text.utf16.count)
    }
}

// How text is cut into the terms that the text index holds, for writing and for asking.

import ArgusOTLP

/// A term that a segment must have.
struct SearchTerm: Sendable, Hashable {
    /// Letters and digits in lower case; at most ``SearchTerms/maximumBytes`` of UTF-8.
    var text: String
    /// Whether a term that only begins with the text is meant too.
    var isPrefix: Bool
}

/// The tokenizer: terms are the runs of letters, digits and marks (by Unicode's general categories) in lower case, cut after 64 bytes.
/// Text is not normalised: a composed and a decomposed letter are different.
enum SearchTerms {
    /// Longer terms are cut, in the index and in questions.
    static let maximumBytes = 64
    /// Distinct terms of a segment. One that has more has ``overflow`` instead of the rest.
    static let maximumCount = 65_536
    /// Bytes of all terms of a segment, the spaces between them counted: a `tsvector` of PostgreSQL holds one MiB.
    static let maximumTextBytes = 1_000_000
    /// The term of segments with more terms than fit: it must be opened whatever is asked for, so a question is `(terms) OR overflow`.
    /// No text has it: it is a character for private use.
    static let overflow = "\u{E000}"

    /// The term that log segments have for a trace: `t` and 32 hexadecimal digits.
    static func term(of traceID: TraceID) -> String {
        "t" + traceID.hex
    }

    /// The terms of words that a person typed. A word that has several (`out-of-stock`) means all of them; a `*` at its end makes the last
    /// one a prefix.
    /// A word without letters and digits has none.
    static func terms(ofWords words: [String]) -> [SearchTerm] {
        var terms: [SearchTerm] = []
        for word in words {
            var ofWord = all(in: word).map { SearchTerm(text: $0, isPrefix: false) }
            if word.hasSuffix("*"), !ofWord.isEmpty { ofWord[ofWord.count - 1].isPrefix = endsInTerm(word.dropLast()) }
            for term in ofWord where !terms.contains(term) { terms.append(term) }
        }
        return terms
    }

    /// The terms of a text, in order, repeated ones too.
    static func all(in text: String) -> [String] {
        var terms: [String] = []
        var copy = text
        copy.withUTF8 { bytes in
            forEach(in: UnsafeRawBufferPointer(bytes)) { terms.append(String(decoding: $0, as: UTF8.self)) }
        }
        return terms
    }

    /// What a segment must have in which something meets all these conditions.
    static func needed(words: [String], attributes: [SpanFilter.Attribute], texts: [String]) -> [SearchTerm] {
        var terms = terms(ofWords: words)
        func add(_ text: String) {
            for term in all(in: text).map({ SearchTerm(text: $0, isPrefix: false) }) where !terms.contains(term) { terms.append(term) }
        }
        for attribute in attributes {
            add(attribute.key)
            if AttributeText.isIndexed(value: attribute.value) { add(attribute.value) }
        }
        for text in texts where text != Resource.unknownService { add(text) }
        return terms
    }

    private static func endsInTerm(_ text: Substring) -> Bool {
        guard let last = text.unicodeScalars.last else { return false }
        return isPart(last)
    }

    static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark,
            .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }
}

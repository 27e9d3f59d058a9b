// Which strings and attributes of a segment meet which conditions.

import ArgusOTLP

/// Conditions as bits. Each distinct string, attribute, body and origin of the segment is looked at once; whether an item meets all
/// conditions is then a matter
/// of the numbers it holds.
struct ConditionMasks {
    /// All conditions.
    let all: UInt64
    /// Those that are words: these may be in any text of an item, the others in its own attributes and its resource's.
    let words: UInt64
    private(set) var strings: ContiguousArray<UInt64> = []
    private(set) var attributes: ContiguousArray<UInt64> = []
    private(set) var bodies: ContiguousArray<UInt64> = []
    private(set) var origins: ContiguousArray<UInt64> = []

    private let terms: [Term]

    private struct Term {
        var bytes: [UInt8]
        var isPrefix: Bool
        var bit: UInt64
    }

    init(words: [String], attributes conditions: [SpanFilter.Attribute], _ tables: StoredTables, _ body: UnsafeRawBufferPointer) throws {
        let conditions = conditions.prefix(SpanFilter.maximumConditions)
        let wanted = SearchTerms.terms(ofWords: words).prefix(SpanFilter.maximumConditions - conditions.count)
        terms = wanted.enumerated().map { Term(bytes: Array($1.text.utf8), isPrefix: $1.isPrefix, bit: 1 << UInt64($0)) }
        self.words = terms.reduce(0) { $0 | $1.bit }
        var equals: [(key: Int, value: String, bit: UInt64)] = []
        var all = self.words
        for (index, condition) in conditions.enumerated() {
            let bit: UInt64 = 1 << UInt64(terms.count + index)
            all |= bit
            if let key = tables.number(of: condition.key, in: body) { equals.append((key, condition.value, bit)) }
        }
        self.all = all
        guard all != 0 else { return }
        strings = ContiguousArray(tables.strings.map { mask(StoredTables.bytes($0, of: body)) })
        bodies = ContiguousArray(tables.bodies.map { mask(encoded: StoredTables.bytes($0, of: body)) })
        attributes.reserveCapacity(tables.attributes.count)
        for pair in tables.attributes {
            let value = StoredTables.bytes(pair.value, of: body)
            var mask = strings[Int(pair.key)] | mask(encoded: value)
            for condition in equals where condition.key == Int(pair.key) && Self.isEqual(AnyValueView(encoded: value), condition.value) {
                mask |= condition.bit
            }
            attributes.append(mask)
        }
        for origin in tables.origins {
            var cursor = SegmentReadCursor(body, from: Int(origin.offset), to: Int(origin.offset + origin.count))
            let service = strings[try cursor.index(below: strings.count)]
            origins.append(service | (try attributeMask(&cursor)))
        }
    }

    /// Whether each condition is met by something in the segment.
    var canMatch: Bool {
        let tables = [strings, attributes, bodies, origins]
        return tables.reduce(0) { $0 | $1.reduce(0, |) } == all
    }

    /// Reads a list of attributes, and gives the conditions that they meet.
    @inline(__always)
    func attributeMask(_ cursor: inout SegmentReadCursor) throws -> UInt64 {
        var mask: UInt64 = 0
        for _ in 0..<(try cursor.count(minimumBytes: 1)) { mask |= attributes[try cursor.index(below: attributes.count)] }
        return mask
    }

    /// Reads the number of a string, and gives the conditions that it meets.
    @inline(__always)
    func stringMask(_ cursor: inout SegmentReadCursor) throws -> UInt64 {
        strings[try cursor.index(below: strings.count)]
    }

    private static func isEqual(_ value: AnyValueView, _ text: String) -> Bool {
        switch value.kind {
        case .string: value.string.elementsEqual(text.utf8)
        case .array: value.elements.contains { $0.kind != .array && isEqual($0, text) }
        default: AttributeText.text(of: value.decoded()) == text
        }
    }

    // MARK: Words

    private func mask(_ text: UnsafeRawBufferPointer) -> UInt64 {
        guard mayHoldTerms(text) else { return 0 }
        var mask: UInt64 = 0
        SearchTerms.forEach(in: text) { found in
            for term in terms where Self.isMatch(found, term) { mask |= term.bit }
        }
        return mask
    }

    /// Most values are strings, and most of these are passed over without being read.
    private func mask(encoded value: UnsafeRawBufferPointer) -> UInt64 {
        guard !terms.isEmpty, let first = value.first else { return 0 }
        return first != Self.stringTag || mayHoldTerms(value) ? mask(AnyValueView(encoded: value)) : 0
    }

    /// The first byte of an encoded string.
    private static let stringTag: UInt8 = 1 << 3 | 2

    /// Whether a closer look can find a term: not if the text is ASCII and has none of them even as a part of a word.
    private func mayHoldTerms(_ text: UnsafeRawBufferPointer) -> Bool {
        for term in terms {
            guard text.count >= term.bytes.count else { continue }
            if Self.mayHold(text, term.bytes) { return true }
        }
        // Beyond ASCII several bytes may become one.
        return !terms.isEmpty && text.contains { $0 >= 0x80 }
    }

    private static func mayHold(_ text: UnsafeRawBufferPointer, _ term: [UInt8]) -> Bool {
        let first = term[0]
        for start in 0...(text.count - term.count) where text[start] | 0x20 == first || text[start] >= 0x80 {
            if text[start] >= 0x80 { return true }
            var length = 1
            while length < term.count, text[start + length] | 0x20 == term[length] { length += 1 }
            if length == term.count { return true }
        }
        return false
    }

    private func mask(_ value: AnyValueView) -> UInt64 {
        guard !terms.isEmpty else { return 0 }
        switch value.kind {
        case .string: return mask(value.string)
        case .array: return value.elements.reduce(0) { $0 | mask($1) }
        case .keyValues: return value.keyValues.reduce(0) { $0 | mask($1.key) | mask($1.value) }
        case .bool, .int, .double:
            guard var text = AttributeText.text(of: value.decoded()), AttributeText.isIndexed(value: text) else { return 0 }
            return text.withUTF8 { mask(UnsafeRawBufferPointer($0)) }
        case .empty, .bytes: return 0
        }
    }

    @inline(__always)
    private static func isMatch(_ found: UnsafeRawBufferPointer, _ term: Term) -> Bool {
        guard term.isPrefix ? found.count >= term.bytes.count : found.count == term.bytes.count else { return false }
        for (index, byte) in term.bytes.enumerated() where found[index] != byte { return false }
        return true
    }
}

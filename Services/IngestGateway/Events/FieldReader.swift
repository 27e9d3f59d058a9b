// Reads members of a client's object, collecting what is wrong instead of stopping at the first thing.

import ArgusShared

/// Reads one event's members. Malformed JSON throws; a value that is well formed but unfit becomes a problem and reads as nil, as `null`
/// does.
struct FieldReader {
    /// Everything wrong so far, in the order of the text.
    private(set) var problems: [FieldProblem] = []

    mutating func report(_ problem: FieldProblem) {
        problems.append(problem)
    }

    /// Forgets the problems of all fields but `fields`.
    mutating func keepProblems(of fields: Set<String>) {
        problems.removeAll { !fields.contains($0.field) }
    }

    /// A string of at most `limit` characters.
    mutating func string(_ reader: inout JSONReader, _ field: String, limit: Int) throws -> String? {
        guard let value = try string(&reader, field) else { return nil }
        guard value.isLongerThan(limit) else { return value }
        report(.tooLong(field, limit: limit))
        return nil
    }

    /// A string of any length.
    mutating func string(_ reader: inout JSONReader, _ field: String) throws -> String? {
        switch try reader.peek() {
        case .null:
            _ = try reader.readNull()
            return nil
        case .string:
            let value = try reader.readString()
            guard value.containsNUL else { return value }
            report(.nulCharacter(field))
            return nil
        default:
            try reader.skipValue()
            report(.wrongType(field, expected: "a string"))
            return nil
        }
    }

    /// A string that names a case, but none of those excluded.
    mutating func choice<Case: RawRepresentable & CaseIterable & Equatable>(
        _ reader: inout JSONReader, _ field: String, excluding excluded: [Case] = []
    ) throws -> Case? where Case.RawValue == String {
        guard let text = try string(&reader, field) else { return nil }
        if let value = Case(rawValue: text), !excluded.contains(value) { return value }
        let names = Case.allCases.filter { !excluded.contains($0) }.map(\.rawValue)
        report(.invalid(field, "one of " + names.joined(separator: ", ")))
        return nil
    }

    /// A time in RFC 3339.
    mutating func timestamp(_ reader: inout JSONReader, _ field: String) throws -> Timestamp? {
        guard let text = try string(&reader, field) else { return nil }
        if let time = Timestamp(rfc3339: text) { return time }
        report(.invalid(field, "a time as in RFC 3339, for example 2026-01-31T12:00:00Z"))
        return nil
    }

    /// A value kept as its text, on one line.
    ///
    /// - Parameter kind: The only kind accepted; nil accepts all.
    mutating func raw(_ reader: inout JSONReader, _ field: String, kind: JSONReader.Kind?, limit: Int) throws -> RawJSON? {
        let found = try reader.peek()
        let value = try reader.readRaw()
        if found == .null { return nil }
        if let kind, found != kind {
            report(.wrongType(field, expected: kind == .array ? "an array" : "an object"))
        } else if value.bytes.count > limit {
            report(.tooLarge(field, limit: limit))
        } else if value.containsNUL {
            report(.nulCharacter(field))
        } else {
            return value.compacted
        }
        return nil
    }
}

extension String {
    /// Whether U+0000 is in it.
    var containsNUL: Bool {
        var copy = self
        return copy.withUTF8 { utf8 in
            var smallest = UInt8.max
            for byte in utf8 { smallest = min(smallest, byte) }
            return smallest == 0 && !utf8.isEmpty
        }
    }

    /// Whether it has more than `limit` Unicode scalars.
    func isLongerThan(_ limit: Int) -> Bool {
        utf8.count > limit && unicodeScalars.count > limit
    }

    /// Its first `limit` Unicode scalars.
    func truncated(to limit: Int) -> String {
        isLongerThan(limit) ? String(String.UnicodeScalarView(unicodeScalars.prefix(limit))) : self
    }
}

// Values of attributes as text, for comparing them with what a person typed.

import ArgusOTLP

/// The text form of attribute values.
enum AttributeText {
    /// A string is itself, a number decimal (`500`, also for 500.0; `0.25`), a bool `true` or `false`; bytes, arrays, maps and the empty
    /// value have none.
    static func text(of value: AnyValue) -> String? {
        switch value {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): text(of: value)
        case .empty, .bytes, .array, .keyValues: nil
        }
    }

    /// The shortest digits that give the number again, without a fraction of `.0`.
    static func text(of value: Double) -> String {
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Whether a value with this text is always in the index: not so if it may be a number with a fraction or an exponent.
    static func isIndexed(value text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        return Double(text) == nil || digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

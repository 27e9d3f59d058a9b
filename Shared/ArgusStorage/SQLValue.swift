// The values that go into statements and come out of columns.

import Foundation

/// A value of a parameter or a column.
public enum SQLValue: Sendable, Hashable {
    /// SQL's NULL.
    case null
    /// A 64-bit integer.
    case integer(Int64)
    /// A double; NaN is refused, because SQLite would store NULL.
    case real(Double)
    /// Text. U+0000 is stored as U+FFFD by every driver, because PostgreSQL cannot hold it.
    case text(String)
    /// Bytes.
    case blob([UInt8])

    /// A text or NULL.
    public static func text(orNull value: String?) -> SQLValue {
        value.map { .text($0) } ?? .null
    }

    /// An integer or NULL.
    public static func integer(orNull value: Int64?) -> SQLValue {
        value.map { .integer($0) } ?? .null
    }

    /// A double or NULL.
    public static func real(orNull value: Double?) -> SQLValue {
        value.map { .real($0) } ?? .null
    }

    /// Bytes or NULL.
    public static func blob(orNull value: [UInt8]?) -> SQLValue {
        value.map { .blob($0) } ?? .null
    }

    /// The name of the value's type, for messages.
    var typeName: String {
        switch self {
        case .null: "null"
        case .integer: "integer"
        case .real: "real"
        case .text: "text"
        case .blob: "blob"
        }
    }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral {
    /// An integer.
    public init(integerLiteral value: Int64) {
        self = .integer(value)
    }

    /// A text.
    public init(stringLiteral value: String) {
        self = .text(value)
    }

    /// A double.
    public init(floatLiteral value: Double) {
        self = .real(value)
    }

    /// NULL.
    public init(nilLiteral: ()) {
        self = .null
    }
}

extension String {
    /// The text with U+0000 replaced by U+FFFD: what every driver stores.
    var storable: String {
        let hasNUL = utf8.withContiguousStorageIfAvailable { bytes in
            bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
        }
        guard hasNUL ?? utf8.contains(0) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }
}

// Typed reads of query items; whatever is unknown or malformed is a 400 that names it.

import ArgusShared

/// The items of a request's query. Whatever is unknown, repeated, empty or malformed throws `APIError` 400 with the parameter's name.
public struct QueryReader: Sendable {
    private let items: QueryItems

    /// Refuses parameters that are not in `allowed`.
    public init(_ items: QueryItems, allowed: [String]) throws {
        if let unknown = items.names.subtracting(allowed).min() {
            let message =
                allowed.isEmpty
                ? "\(unknown) is not a parameter: there are none here"
                : "\(unknown) is not a parameter: there are \(allowed.joined(separator: ", "))"
            throw APIError.badRequest(code: "unknown_parameter", message: message, field: unknown)
        }
        self.items = items
    }

    /// The refusal of a parameter: `field` and the reason are one sentence.
    public static func malformed(_ field: String, _ reason: String) -> APIError {
        .badRequest(code: "invalid_parameter", message: "\(field) \(reason)", field: field)
    }

    /// The one value of a parameter, of at most `maximum` bytes; nil where it is absent.
    public func single(_ name: String, maximum: Int = 1024) throws -> String? {
        let values = items.all(name)
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw Self.malformed(name, "is given more than once") }
        guard !value.isEmpty else { throw Self.malformed(name, "is empty") }
        guard value.utf8.count <= maximum else { throw Self.malformed(name, "must have at most \(maximum) bytes") }
        return value
    }

    /// Every value of a parameter that may be repeated.
    public func all(_ name: String, atMost count: Int, maximum: Int = 1024) throws -> [String] {
        let values = items.all(name)
        guard values.count <= count else { throw Self.malformed(name, "may be given at most \(count) times") }
        for value in values {
            guard !value.isEmpty else { throw Self.malformed(name, "is empty") }
            guard value.utf8.count <= maximum else { throw Self.malformed(name, "must have at most \(maximum) bytes") }
        }
        return values
    }

    /// The case that a parameter names.
    public func one<Case: RawRepresentable & CaseIterable>(_ name: String) throws -> Case? where Case.RawValue == String {
        guard let text = try single(name) else { return nil }
        guard let value = Case(rawValue: text) else {
            throw Self.malformed(name, "must be one of \(Case.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    /// `true` or `false`; false where it is absent.
    public func flag(_ name: String) throws -> Bool {
        switch try single(name) {
        case nil, "false": return false
        case "true": return true
        default: throw Self.malformed(name, "must be true or false")
        }
    }

    /// A number of items per page.
    public func limit(default standard: Int, maximum: Int) throws -> Int {
        guard let text = try single("limit") else { return standard }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let limit = Int(text),
            (1...maximum).contains(limit)
        else {
            throw Self.malformed("limit", "must be a whole number from 1 to \(maximum)")
        }
        return limit
    }

    /// The text of the parameters named, by which a cursor knows its list again.
    public func fingerprint(of names: [String]) -> UInt32 {
        var text = ""
        for name in names {
            for value in items.all(name) { text += "\(name)\u{1}\(value)\u{2}" }
        }
        return Partitioning.fnv1a(text)
    }

    /// A time as it was meant: a plus sign that was not percent-encoded arrives as a space.
    public static func restoringPlus(_ text: String) -> String {
        guard let space = text.lastIndex(of: " ") else { return text }
        return "\(text[..<space])+\(text[text.index(after: space)...])"
    }
}

// Reads the fields of a JSON object and collects everything that is wrong with them.

import ArgusService
import ArgusShared
import HTTPTypes

/// Typed reads of a body's members that never stop at the first mistake.
struct BodyFields {
    private let members: [JSONValue.Member]
    private let path: String
    private(set) var problems: [APIError.Item] = []
    private var known: Set<String> = []

    /// Parses a body; 400 for what is no JSON object.
    init(parsing body: [UInt8]) throws {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: body)
        } catch let error as JSONError {
            throw APIError.badRequest(code: "malformed_json", message: "The body is not valid JSON: \(error).")
        }
        guard case .object(let members) = value else {
            throw APIError.badRequest(code: "malformed_json", message: "The body must be a JSON object.")
        }
        self.init(members: members, path: "")
    }

    private init(members: [JSONValue.Member], path: String) {
        self.members = members
        self.path = path
    }

    /// The text of a field, trimmed; nil where it is absent or null.
    mutating func string(_ name: String, required: Bool = false, maximum: Int = 1024) -> String? {
        guard let value = value(name, required: required) else { return nil }
        guard case .string(let text) = value else {
            refuse(name, "invalid_field", "must be a string")
            return nil
        }
        if required, text.allSatisfy(\.isWhitespace) {
            refuse(name, "invalid_field", "must not be empty")
            return nil
        }
        guard text.count <= maximum else {
            refuse(name, "invalid_field", "must have at most \(maximum) characters")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" && $0 != "\r" }) else {
            refuse(name, "invalid_field", "must not contain control characters")
            return nil
        }
        return text
    }

    /// A whole number within `range`.
    mutating func integer(_ name: String, required: Bool = false, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name, required: required) else { return nil }
        guard let number = value.integerValue, let exact = Int(exactly: number), range.contains(exact) else {
            refuse(name, "invalid_field", "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return exact
    }

    /// A truth value.
    mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name, required: false) else { return nil }
        guard let flag = value.boolValue else {
            refuse(name, "invalid_field", "must be true or false")
            return nil
        }
        return flag
    }

    /// A field that the caller judges itself.
    mutating func value(_ name: String, required: Bool) -> JSONValue? {
        known.insert(name)
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else {
            if required { refuse(name, "missing_field", "is missing") }
            return nil
        }
        return value
    }

    /// The fields of a member that is an object.
    mutating func object(_ name: String, _ read: (inout BodyFields) -> Void) {
        guard let value = value(name, required: false) else { return }
        guard case .object(let members) = value else { return refuse(name, "invalid_field", "must be an object") }
        var nested = BodyFields(members: members, path: path + name + ".")
        read(&nested)
        nested.refuseUnknown()
        problems += nested.problems
    }

    /// Fields that may be there and say nothing new: what a client got from us and sends back.
    mutating func ignore(_ names: String...) {
        known.formUnion(names)
    }

    /// Remembers that a field is wrong.
    mutating func refuse(_ name: String, _ code: String, _ reason: String) {
        let field = path + name
        problems.append(APIError.Item(code: code, message: "\(field) \(reason)", field: field))
    }

    private mutating func refuseUnknown() {
        for member in members where !known.contains(member.name) {
            refuse(member.name, "unknown_field", "is not a field; there are \(known.sorted().joined(separator: ", "))")
        }
    }

    /// Throws 422 with every problem, if there is one.
    mutating func finish() throws {
        refuseUnknown()
        guard let first = problems.first else { return }
        if problems.count == 1 {
            throw APIError(.unprocessableContent, code: first.code, message: first.message, field: first.field, errors: problems)
        }
        let names = problems.compactMap(\.field).joined(separator: ", ")
        throw APIError(
            .unprocessableContent, code: "invalid_fields", message: "\(problems.count) fields are wrong: \(names)", errors: problems)
    }
}

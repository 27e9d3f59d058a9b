// Reads the body of a command.

import ArgusService
import ArgusShared

/// `{"by": ...}`, which may be left out.
struct ProcessCommandBody: Sendable {
    static let limit = 4096
    private static let longestName = 255

    /// Who wants it; nil if the body does not say.
    var by: String?

    /// Reads the body; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        guard let value = try? JSONValue(parsing: bytes), case .object(let members) = value else {
            throw APIError.badRequest(code: "malformed_json", message: "The body must be a JSON object, or empty.")
        }
        for member in members {
            guard member.name == "by" else {
                throw Self.refusal(member.name, code: "unknown_field", "is not a field: there is by")
            }
            switch member.value {
            case .null: by = nil
            case .string(let text):
                guard text.utf8.count <= Self.longestName else {
                    throw Self.refusal("by", "must have at most \(Self.longestName) bytes")
                }
                by = text.isEmpty ? nil : text
            default: throw Self.refusal("by", "must be a string")
            }
        }
    }

    private static func refusal(_ field: String, code: String = "invalid_field", _ reason: String) -> APIError {
        .badRequest(code: code, message: "\(field.prefix(64)) \(reason)", field: String(field.prefix(64)))
    }
}

// What can be wrong with one field of an event.

/// One thing wrong with an event.
struct FieldProblem: Sendable, Equatable {
    /// Codes clients can rely on.
    enum Code: String, Sendable {
        case missing = "missing_field"
        case wrongType = "wrong_type"
        case invalid = "invalid_value"
        case tooLong = "too_long"
        case tooLarge = "too_large"
        case nulCharacter = "nul_character"
    }

    var code: Code
    /// As the client named it, with dots between levels.
    var field: String
    /// A sentence about the field, beginning with its name.
    var message: String

    static func missing(_ field: String) -> FieldProblem {
        FieldProblem(code: .missing, field: field, message: "\(field) is missing")
    }

    static func wrongType(_ field: String, expected: String) -> FieldProblem {
        FieldProblem(code: .wrongType, field: field, message: "\(field) must be \(expected)")
    }

    static func invalid(_ field: String, _ rule: String) -> FieldProblem {
        FieldProblem(code: .invalid, field: field, message: "\(field) must be \(rule)")
    }

    static func tooLong(_ field: String, limit: Int) -> FieldProblem {
        FieldProblem(code: .tooLong, field: field, message: "\(field) is longer than \(limit) characters")
    }

    static func tooLarge(_ field: String, limit: Int) -> FieldProblem {
        FieldProblem(code: .tooLarge, field: field, message: "\(field) is larger than \(limit / 1024) KB")
    }

    static func nulCharacter(_ field: String) -> FieldProblem {
        FieldProblem(code: .nulCharacter, field: field, message: "\(field) contains the character U+0000")
    }
}

// Revisions of configuration as HTTP entity tags (RFC 9110, 8.8.3 and 13.1).

import ArgusService
import HTTPTypes

/// The tag of one revision.
struct EntityTag: Equatable, Sendable {
    let revision: UInt64

    /// The header's value.
    var text: String { "\"\(revision)\"" }

    /// Throws 412 unless `condition`, an `If-Match` header, is absent or names this tag. Weak tags never match.
    func require(_ condition: String?) throws {
        guard let condition, !Self.matches(condition, text, weak: false) else { return }
        throw APIError.preconditionFailed("It was changed meanwhile: its ETag is \(text) now, If-Match names \(condition.prefix(128)).")
    }

    /// Whether `condition`, an `If-None-Match` header, names this tag.
    func isNamed(by condition: String?) -> Bool {
        guard let condition else { return false }
        return Self.matches(condition, text, weak: true)
    }

    private static func matches(_ list: String, _ tag: String, weak: Bool) -> Bool {
        list.split(separator: ",").contains { part in
            var candidate = part.drop { $0 == " " }
            while candidate.last == " " { candidate.removeLast() }
            if weak, candidate.hasPrefix("W/") { candidate = candidate.dropFirst(2) }
            return candidate == "*" || candidate == tag
        }
    }
}

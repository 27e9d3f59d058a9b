// The order of a list of alerts.

/// A column that lists can be sorted by, and the direction.
struct AlertSort: Hashable, Sendable {
    /// The columns there are; ties are broken by `created_at` and `id`, in the same direction.
    enum Key: String, CaseIterable, Sendable {
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case severity
    }

    var key: Key
    var isDescending: Bool

    /// Newest first.
    static let standard = AlertSort(key: .createdAt, isDescending: true)

    /// The sort named `text`: a key, with `-` before it for descending order.
    init?(_ text: String) {
        guard let key = Key(rawValue: text.hasPrefix("-") ? String(text.dropFirst()) : text) else { return nil }
        self.init(key: key, isDescending: text.hasPrefix("-"))
    }

    init(key: Key, isDescending: Bool) {
        self.key = key
        self.isDescending = isDescending
    }

    /// As it is written in a query.
    var text: String {
        (isDescending ? "-" : "") + key.rawValue
    }

    /// Whether the alert at one place of a list comes before the one at another.
    func places(_ left: PageCursor, before right: PageCursor) -> Bool {
        let (first, second) = isDescending ? (right, left) : (left, right)
        let firstRank = key == .severity ? first.rank : 0
        let secondRank = key == .severity ? second.rank : 0
        // Byte by byte, as the databases compare.
        if (firstRank, first.time) != (secondRank, second.time) { return (firstRank, first.time) < (secondRank, second.time) }
        return first.id.utf8.lexicographicallyPrecedes(second.id.utf8)
    }
}

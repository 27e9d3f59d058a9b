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
}

// What an insert does with a row that is there already.

/// What an insert does with a row whose key is there already.
///
/// Names and expressions come from the program, never from users. In expressions, `excluded` is the row that was to be
/// inserted and the table's own name is the row that is there.
public enum ConflictClause: Sendable, Hashable {
    /// The insert fails with ``StorageError/Code/constraint``.
    case none
    /// The row that is there stays. Without columns, any unique constraint counts.
    case ignore(on: [String] = [])
    /// The row that is there is updated.
    ///
    /// - Parameters:
    ///   - on: the columns of the unique constraint.
    ///   - set: columns that take the new row's value.
    ///   - expressions: further assignments, such as `details = COALESCE(excluded.details, alerts.details)`.
    ///   - where: a condition without which nothing is updated, such as `excluded.version > alerts.version`.
    case update(on: [String], set: [String], expressions: [String] = [], where: String? = nil)
}

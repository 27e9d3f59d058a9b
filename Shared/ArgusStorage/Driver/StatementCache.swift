// Prepared statements by their text.

/// A map that forgets what was used least recently.
struct StatementCache<Statement> {
    private var entries: [String: (statement: Statement, used: UInt64)] = [:]
    private let capacity: Int
    private var clock: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The statement of a text; counts as a use.
    subscript(_ sql: String) -> Statement? {
        mutating get {
            guard let index = entries.index(forKey: sql) else { return nil }
            clock += 1
            entries.values[index].used = clock
            return entries.values[index].statement
        }
    }

    /// Adds a statement; returns the one that had to leave.
    mutating func insert(_ statement: Statement, for sql: String) -> Statement? {
        clock += 1
        if let replaced = entries.updateValue((statement, clock), forKey: sql) { return replaced.statement }
        guard entries.count > capacity, let oldest = entries.min(by: { $0.value.used < $1.value.used }) else { return nil }
        return entries.removeValue(forKey: oldest.key)?.statement
    }

    /// Empties the cache and returns what it held.
    mutating func removeAll() -> [Statement] {
        defer { entries.removeAll() }
        return entries.values.map(\.statement)
    }
}

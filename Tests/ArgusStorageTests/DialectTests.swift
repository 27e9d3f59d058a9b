// What the dialects make of statements, without a database.

import Testing

@testable import ArgusStorage

@Suite struct DialectTests {
    @Test(arguments: [
        ("SELECT ?", "SELECT $1", 1), ("a = ? AND b IN (?,?)", "a = $1 AND b IN ($2,$3)", 3), ("SELECT '?' || ?", "SELECT '?' || $1", 1),
        ("SELECT 'it''s ?' || ?", "SELECT 'it''s ?' || $1", 1), ("SELECT E'\\'?' || ?", "SELECT E'\\'?' || $1", 1),
        ("SELECT name'\\' || ?", "SELECT name'\\' || $1", 1), ("SELECT \"a?\" FROM t WHERE x = ?", "SELECT \"a?\" FROM t WHERE x = $1", 1),
        ("SELECT 1 -- what?\n, ?", "SELECT 1 -- what?\n, $1", 1), ("SELECT /* ? /* ? */ ? */ ?", "SELECT /* ? /* ? */ ? */ $1", 1),
        ("SELECT $$ ? $$, $x$ ? $$ ? $x$, ?", "SELECT $$ ? $$, $x$ ? $$ ? $x$, $1", 1),
        ("SELECT data ?? 'key' AND a$b = ?", "SELECT data ? 'key' AND a$b = $1", 1),
        ("SELECT 'unterminated ?", "SELECT 'unterminated ?", 0), ("/* unterminated ?", "/* unterminated ?", 0), ("", "", 0),
        ("SELECT 'ä?' , ? || 'ö'", "SELECT 'ä?' , $1 || 'ö'", 1),
    ]) func placeholdersAreNumberedOutsideOfText(sql: String, expected: String, count: Int) {
        let numbered = Dialect.numbered(sql)
        #expect(numbered.sql == expected)
        #expect(numbered.count == count)
    }

    @Test func conflictClausesReadAsSQL() throws {
        let dialect = Dialect.sqlite
        #expect(try dialect.conflict(.none) == "")
        #expect(try dialect.conflict(.ignore()) == " ON CONFLICT DO NOTHING")
        #expect(try dialect.conflict(.ignore(on: ["a", "b"])) == " ON CONFLICT (a, b) DO NOTHING")
        let guarded = ConflictClause.update(
            on: ["id"], set: ["version"], expressions: ["details = COALESCE(excluded.details, alerts.details)"],
            where: "excluded.version > alerts.version")
        #expect(
            try dialect.conflict(guarded)
                == " ON CONFLICT (id) DO UPDATE SET version = excluded.version, details = COALESCE(excluded.details, alerts.details)"
                + " WHERE excluded.version > alerts.version")
        #expect(throws: StorageError.self) { try dialect.conflict(.update(on: ["id"], set: [])) }
    }

    @Test(arguments: ["a b", "a;DROP TABLE t", "", "1a", "a\"", "ä"])
    func namesThatAreNotIdentifiersAreRefused(name: String) {
        #expect(throws: StorageError.self) { try Dialect.sqlite.insertHead(into: name, columns: ["a"]) }
        #expect(throws: StorageError.self) { try Dialect.sqlite.insertHead(into: "t", columns: ["a", name]) }
        #expect(throws: StorageError.self) { try Dialect.sqlite.conflict(.ignore(on: [name])) }
    }

    @Test func bulkInsertsAreCutWhereAKeyRepeats() {
        let rows: [[SQLValue]] = [[1, "a"], [2, "b"], [1, "c"], [3, "d"], [3, "e"]]
        let update = BulkRanges(rows, columns: ["id", "name"], conflict: .update(on: ["id"], set: ["name"]))
        #expect(Array(update) == [0..<2, 2..<4, 4..<5])
        #expect(Array(BulkRanges(rows, columns: ["id", "name"], conflict: .ignore(on: ["id"]))) == [0..<5])
        let many = Array(repeating: [SQLValue.null], count: 25_000)
        #expect(Array(BulkRanges(many, columns: ["id"], conflict: .none)) == [0..<10_000, 10_000..<20_000, 20_000..<25_000])
    }

    @Test func theStatementCacheForgetsTheLeastRecentlyUsed() {
        var cache = StatementCache<Int>(capacity: 2)
        #expect(cache.insert(1, for: "a") == nil)
        #expect(cache.insert(2, for: "b") == nil)
        #expect(cache["a"] == 1)
        #expect(cache.insert(3, for: "c") == 2)
        #expect(cache["b"] == nil)
        #expect(cache.removeAll().sorted() == [1, 3])
    }

    @Test func configurationsAreValidated() {
        var configuration = StorageConfiguration(driver: .sqlite, dsn: "a.db")
        #expect(throws: Never.self) { try configuration.validate() }
        configuration.readers = 0
        #expect(throws: StorageError.self) { try configuration.validate() }
        #expect(throws: StorageError.self) { try StorageConfiguration(driver: .postgres, dsn: "").validate() }
    }

    @Test func migrationsMustRise() {
        let steps = [(1, "one"), (1, "again")].map { id, name in Migration(module: "m", id: id, name: name) { _ in "" } }
        #expect(throws: StorageError.self) { try Migrator(steps) }
    }
}

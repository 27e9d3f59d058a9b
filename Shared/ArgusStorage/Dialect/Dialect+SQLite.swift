// The SQL of SQLite.

extension Dialect {
    /// SQLite 3.40.
    public static let sqlite = Dialect(
        driver: .sqlite,
        bigint: "INTEGER",
        real: "REAL",
        text: "TEXT",
        json: "TEXT",
        blob: "BLOB",
        identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
        like: "LIKE",
        rowLock: "",
        greatest: "max",
        least: "min",
        clustered: " WITHOUT ROWID",
        beginRead: "BEGIN",
        beginWrite: "BEGIN IMMEDIATE",
        migrationLock: nil,
        ping: "SELECT count(*) FROM sqlite_master",
        size: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        vacuum: "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
        storeUncompressed: nil,
        textIndex: .fts5,
        deleteAll: { "DELETE FROM \($0)" },
        placeholders: nil)
}

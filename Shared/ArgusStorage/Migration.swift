// Steps that bring a schema up to date.

/// A step of a schema. Once released it never changes; later changes are later steps.
public struct Migration: Sendable {
    /// Who owns the step, so that several services may share one database.
    public let module: String
    /// The step's number, from 1, rising within its module.
    public let id: Int
    /// What the step does, in a few words.
    public let name: String

    private let script: @Sendable (Dialect) -> String

    /// A step written with the dialect's types and phrases.
    public init(module: String, id: Int, name: String, sql: @Sendable @escaping (Dialect) -> String) {
        self.module = module
        self.id = id
        self.name = name
        script = sql
    }

    /// A step with a script for each driver.
    public init(module: String, id: Int, name: String, scripts: [StorageConfiguration.Driver: String]) {
        self.init(module: module, id: id, name: name) { scripts[$0.driver] ?? "" }
    }

    func sql(for dialect: Dialect) -> String {
        script(dialect)
    }
}

/// Applies the steps that are missing.
struct Migrator: Sendable {
    let migrations: [Migration]

    /// Refuses a list that is not strictly rising within each module.
    init(_ migrations: [Migration]) throws(StorageError) {
        var last: [String: Int] = [:]
        for migration in migrations {
            guard migration.id > last[migration.module, default: 0] else {
                throw StorageError(
                    .incompatible,
                    "migration \(migration.id) of \(migration.module) does not come after \(last[migration.module, default: 0])")
            }
            last[migration.module] = migration.id
        }
        self.migrations = migrations
    }

    /// Applies what is missing and returns it.
    func run(_ connection: any SQLConnection) throws -> [Migration] {
        let dialect = connection.dialect
        if let lock = dialect.migrationLock { try connection.executeScript(lock) }
        try connection.executeScript(
            """
            CREATE TABLE IF NOT EXISTS argus_migrations (
                module \(dialect.text) NOT NULL,
                id \(dialect.bigint) NOT NULL,
                name \(dialect.text) NOT NULL,
                applied_at \(dialect.text) NOT NULL DEFAULT CURRENT_TIMESTAMP,
                PRIMARY KEY (module, id)
            )
            """)
        let applied = try connection.query("SELECT module, id, name FROM argus_migrations") {
            (module: try $0.text(0), id: Int(try $0.integer(1)), name: try $0.text(2))
        }
        var names: [String: [Int: String]] = [:]
        for step in applied { names[step.module, default: [:]][step.id] = step.name }
        let pending = try migrations.filter { migration in
            guard let name = names[migration.module]?[migration.id] else { return true }
            guard name == migration.name else {
                throw StorageError(
                    .incompatible,
                    "migration \(migration.id) of \(migration.module) is \"\(name)\" in the database and \"\(migration.name)\" in this program"
                )
            }
            return false
        }
        try refuseNewer(names)
        for migration in pending {
            try connection.executeScript(migration.sql(for: dialect))
            try connection.execute(
                "INSERT INTO argus_migrations (module, id, name) VALUES (?, ?, ?)",
                [.text(migration.module), .integer(Int64(migration.id)), .text(migration.name)])
        }
        return pending
    }

    private func refuseNewer(_ applied: [String: [Int: String]]) throws(StorageError) {
        var known: [String: Int] = [:]
        for migration in migrations { known[migration.module] = migration.id }
        for (module, newest) in known {
            if let found = applied[module]?.keys.max(), found > newest {
                throw StorageError(
                    .incompatible,
                    "the database is newer than this program: \(module) is at migration \(found), this program knows \(newest); "
                        + "run the newer program, or restore a backup taken before the upgrade")
            }
        }
    }
}

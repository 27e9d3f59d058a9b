// The tables of alert-api, for SQLite and PostgreSQL.

import ArgusStorage

/// The steps that bring the database up to date; a released one never changes.
enum AlertSchema {
    static let migrations = [
        Migration(module: "alert-api", id: 1, name: "alerts, timeline, counts and positions") { initial($0) }
    ]

    private static func initial(_ dialect: Dialect) -> String {
        // Keys are compared byte by byte in both systems: cursors depend on it, and it is faster.
        let key = dialect.driver == .postgres ? "TEXT COLLATE \"C\"" : "TEXT"
        let clustered = dialect.driver == .sqlite ? " WITHOUT ROWID" : ""
        let integer = dialect.bigint
        return """
            CREATE TABLE alerts (
                id \(key) PRIMARY KEY,
                dedup_key \(key) NOT NULL,
                event_manager_id \(key) NOT NULL,
                facet \(integer) NOT NULL,
                summary TEXT NOT NULL,
                search_text TEXT,
                class \(key),
                source TEXT,
                component TEXT,
                parent_id \(key),
                parent_dedup_key TEXT,
                child_count \(integer) NOT NULL,
                active_child_count \(integer) NOT NULL,
                event_count \(integer) NOT NULL,
                resolve_requested \(integer) NOT NULL,
                grouping_value TEXT,
                rule_id TEXT,
                window_ms \(integer) NOT NULL,
                created_at \(integer) NOT NULL,
                updated_at \(integer) NOT NULL,
                resolved_at \(integer),
                acknowledged_at \(integer),
                acknowledged_by TEXT,
                expires_at \(integer),
                version \(integer) NOT NULL,
                ordinal \(integer) NOT NULL,
                notified_sequence \(integer)
            );
            CREATE INDEX alerts_by_facet ON alerts (facet, created_at, id);
            CREATE INDEX alerts_by_update ON alerts (facet, updated_at, id);
            CREATE INDEX alerts_by_manager ON alerts (event_manager_id, facet, created_at, id);
            CREATE INDEX alerts_by_class ON alerts (class, facet, created_at, id) WHERE class IS NOT NULL;
            CREATE INDEX alerts_by_key ON alerts (dedup_key, event_manager_id);
            CREATE INDEX alerts_by_parent ON alerts (parent_id, created_at, id) WHERE parent_id IS NOT NULL;

            CREATE TABLE alert_payloads (
                alert_id \(key) PRIMARY KEY,
                details \(dialect.json),
                links \(dialect.json)
            )\(clustered);

            CREATE TABLE alert_transitions (
                alert_id \(key) NOT NULL,
                version \(integer) NOT NULL,
                position \(integer) NOT NULL,
                kind TEXT NOT NULL,
                at \(integer) NOT NULL,
                event_id TEXT NOT NULL,
                caused_by TEXT,
                note TEXT,
                PRIMARY KEY (alert_id, version, position)
            )\(clustered);

            CREATE TABLE alert_counts (
                event_manager_id \(key) NOT NULL,
                facet \(integer) NOT NULL,
                class \(key) NOT NULL,
                n \(integer) NOT NULL,
                PRIMARY KEY (event_manager_id, facet, class)
            )\(clustered);

            CREATE TABLE alert_positions (
                part \(integer) PRIMARY KEY,
                sequence \(integer) NOT NULL
            );
            INSERT INTO alert_positions (part, sequence) VALUES (-1, 0);
            """
    }
}

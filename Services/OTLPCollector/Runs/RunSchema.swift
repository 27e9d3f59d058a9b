// The tables of runs, for SQLite and PostgreSQL.

import ArgusStorage

/// The steps that bring the tables of runs up to date; a released one never changes. Times are unix milliseconds.
enum RunSchema {
    static let migrations = [
        Migration(module: "runs", id: 1, name: "runs, their steps and workflows") { dialect in
            runs(dialect) + steps(dialect) + workflows(dialect)
        }
    ]

    private static func runs(_ dialect: Dialect) -> String {
        let integer = dialect.bigint
        return """
            CREATE TABLE run_sequence (
                id \(integer) PRIMARY KEY,
                last_run \(integer) NOT NULL
            );
            INSERT INTO run_sequence (id, last_run) VALUES (1, 0);

            CREATE TABLE runs (
                id \(integer) PRIMARY KEY,
                trace_id \(dialect.blob) NOT NULL UNIQUE,
                client TEXT NOT NULL,
                workflow TEXT NOT NULL,
                run TEXT NOT NULL,
                status TEXT NOT NULL,
                trigger_type TEXT,
                trigger_source TEXT,
                started_at \(integer),
                started_event TEXT,
                restarted_at \(integer),
                restarted_event TEXT,
                ended_at \(integer),
                ended_event TEXT,
                end_status TEXT,
                error TEXT,
                reported_duration \(integer),
                reported_nodes \(integer) NOT NULL,
                reported_succeeded \(integer) NOT NULL,
                reported_failed \(integer) NOT NULL,
                reported_skipped \(integer) NOT NULL,
                nodes \(integer) NOT NULL,
                nodes_succeeded \(integer) NOT NULL,
                nodes_failed \(integer) NOT NULL,
                nodes_skipped \(integer) NOT NULL,
                first_event_at \(integer) NOT NULL,
                last_event_at \(integer) NOT NULL,
                last_seen \(integer) NOT NULL,
                lost_seen \(integer),
                began_at \(integer) NOT NULL,
                duration_ms \(integer),
                exported TEXT NOT NULL,
                due \(integer) NOT NULL,
                changed_at \(integer) NOT NULL
            );
            CREATE INDEX runs_by_begin ON runs (began_at, id);
            CREATE INDEX runs_by_workflow ON runs (workflow, began_at, id);
            CREATE INDEX runs_by_name ON runs (run);
            CREATE INDEX runs_by_sight ON runs (last_seen);
            CREATE INDEX runs_running ON runs (last_seen) WHERE status = 'running';
            CREATE INDEX runs_due ON runs (changed_at) WHERE due = 1;

            """
    }

    private static func steps(_ dialect: Dialect) -> String {
        let integer = dialect.bigint
        return """
            CREATE TABLE run_steps (
                run_ref \(integer) NOT NULL,
                node TEXT NOT NULL,
                attempt \(integer) NOT NULL,
                plugin_type TEXT,
                typed_at \(integer),
                typed_event TEXT,
                status TEXT NOT NULL,
                error TEXT,
                started_at \(integer),
                started_event TEXT,
                ended_at \(integer),
                ended_event TEXT,
                reported_duration \(integer),
                span_id \(dialect.blob) NOT NULL,
                exported \(integer) NOT NULL,
                due \(integer) NOT NULL,
                changed_at \(integer) NOT NULL,
                PRIMARY KEY (run_ref, node, attempt)
            )\(dialect.clustered);
            CREATE INDEX run_steps_due ON run_steps (changed_at) WHERE due = 1;

            """
    }

    private static func workflows(_ dialect: Dialect) -> String {
        let integer = dialect.bigint
        return """
            CREATE TABLE workflows (
                client TEXT NOT NULL,
                workflow TEXT NOT NULL,
                name TEXT,
                version TEXT,
                action TEXT,
                status TEXT,
                published_at \(integer) NOT NULL,
                published_event TEXT NOT NULL,
                PRIMARY KEY (client, workflow)
            )\(dialect.clustered);

            """
    }
}

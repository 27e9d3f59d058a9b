// The tables of otlp-collector, for SQLite and PostgreSQL.

import ArgusStorage

/// The steps that bring the database up to date; a released one never changes.
///
/// Identifiers are given by the program, not by the database: a transaction takes the next number of `telemetry_sequence`,
/// which also keeps other writers out until it ends. So segment numbers rise in the order of commits, and a trace's number is
/// that of the segment it began in times 65,536 plus its place there.
/// The tables of the text index come and go as it grows; see ``TextGenerations``.
enum TelemetrySchema {
    static let migrations = [
        Migration(module: "telemetry", id: 1, name: "segments, traces, rollups and the text index") { dialect in
            segments(dialect) + traces(dialect) + rollups(dialect)
        }
    ]

    private static func segments(_ dialect: Dialect) -> String {
        let integer = dialect.bigint
        return """
            CREATE TABLE telemetry_sequence (
                id \(integer) PRIMARY KEY,
                last_segment \(integer) NOT NULL,
                bytes \(integer) NOT NULL,
                spans \(integer) NOT NULL,
                logs \(integer) NOT NULL,
                traces \(integer) NOT NULL
            );
            INSERT INTO telemetry_sequence (id, last_segment, bytes, spans, logs, traces) VALUES (1, 0, 0, 0, 0, 0);

            CREATE TABLE segments (
                id \(integer) PRIMARY KEY,
                signal \(integer) NOT NULL,
                received_at \(integer) NOT NULL,
                min_time \(integer) NOT NULL,
                max_time \(integer) NOT NULL,
                items \(integer) NOT NULL,
                bytes \(integer) NOT NULL
            );
            CREATE INDEX segments_by_time ON segments (signal, max_time);

            CREATE TABLE segment_bodies (
                segment_id \(integer) PRIMARY KEY,
                body \(dialect.blob) NOT NULL
            );
            \(dialect.uncompressed("body", of: "segment_bodies"))

            CREATE TABLE text_indexes (
                id \(integer) PRIMARY KEY,
                first_segment \(integer) NOT NULL,
                last_segment \(integer) NOT NULL,
                bytes \(integer) NOT NULL,
                created_at \(integer) NOT NULL,
                retired_at \(integer)
            );

            CREATE TABLE log_messages (
                sequence \(integer) NOT NULL,
                published \(integer) NOT NULL,
                segment_id \(integer) NOT NULL,
                PRIMARY KEY (sequence, published)
            )\(dialect.clustered);
            CREATE INDEX log_messages_by_segment ON log_messages (segment_id);

            """
    }

    private static func traces(_ dialect: Dialect) -> String {
        let integer = dialect.bigint
        return """
            CREATE TABLE traces (
                id \(integer) PRIMARY KEY,
                trace_id \(dialect.blob) NOT NULL UNIQUE,
                start_ns \(integer) NOT NULL,
                end_ns \(integer) NOT NULL,
                root_service TEXT,
                root_operation TEXT,
                root_start_ns \(integer),
                first_service TEXT NOT NULL,
                first_operation TEXT NOT NULL,
                spans \(integer) NOT NULL,
                errors \(integer) NOT NULL,
                services TEXT NOT NULL,
                last_segment \(integer) NOT NULL
            );
            CREATE INDEX traces_by_start ON traces (start_ns);
            CREATE INDEX traces_with_errors ON traces (start_ns) WHERE errors > 0;

            CREATE TABLE trace_parts (
                trace_ref \(integer) NOT NULL,
                segment_id \(integer) NOT NULL,
                directory \(dialect.blob) NOT NULL,
                PRIMARY KEY (trace_ref, segment_id)
            )\(dialect.clustered);

            """
    }

    private static func rollups(_ dialect: Dialect) -> String {
        let integer = dialect.bigint
        // Compared byte by byte in both systems: faster, and the order of pages does not depend on a locale.
        let key = dialect.driver == .postgres ? "TEXT COLLATE \"C\"" : "TEXT"
        let clustered = dialect.clustered
        return """
            CREATE TABLE span_rollups (
                step \(integer) NOT NULL,
                bucket \(integer) NOT NULL,
                service \(key) NOT NULL,
                operation \(key) NOT NULL,
                spans \(integer) NOT NULL,
                errors \(integer) NOT NULL,
                duration_ns \(integer) NOT NULL,
                histogram \(dialect.blob) NOT NULL,
                PRIMARY KEY (step, bucket, service, operation)
            )\(clustered);

            CREATE TABLE edge_rollups (
                step \(integer) NOT NULL,
                bucket \(integer) NOT NULL,
                caller \(key) NOT NULL,
                callee \(key) NOT NULL,
                calls \(integer) NOT NULL,
                errors \(integer) NOT NULL,
                duration_ns \(integer) NOT NULL,
                histogram \(dialect.blob) NOT NULL,
                PRIMARY KEY (step, bucket, caller, callee)
            )\(clustered);

            CREATE TABLE trace_rollups (
                step \(integer) NOT NULL,
                bucket \(integer) NOT NULL,
                traces \(integer) NOT NULL,
                PRIMARY KEY (step, bucket)
            )\(clustered);

            CREATE TABLE log_rollups (
                step \(integer) NOT NULL,
                bucket \(integer) NOT NULL,
                service \(key) NOT NULL,
                severity \(integer) NOT NULL,
                logs \(integer) NOT NULL,
                PRIMARY KEY (step, bucket, service, severity)
            )\(clustered);

            CREATE TABLE telemetry_services (
                service \(key) NOT NULL,
                operation \(key) NOT NULL,
                first_seen \(integer) NOT NULL,
                last_seen \(integer) NOT NULL,
                PRIMARY KEY (service, operation)
            )\(clustered);

            """
    }
}

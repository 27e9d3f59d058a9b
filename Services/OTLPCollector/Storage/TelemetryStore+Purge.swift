// Deletes everything.

import ArgusStorage

extension TelemetryStore {
    /// Deletes all telemetry, in one transaction; writers wait for it. Numbers of segments go on where they were.
    ///
    /// - Returns: what was deleted.
    @discardableResult
    func purge() async throws -> RetentionResult {
        let time = now()
        return try await database.write { connection in
            var sequence = try TelemetrySequence.take(connection)
            let segments = try connection.first("SELECT count(*) FROM segments") { Int(try $0.integer(0)) } ?? 0
            let result = RetentionResult(
                segments: segments, spans: sequence.spans, logs: sequence.logs, traces: sequence.traces, bytes: sequence.bytes)
            for table in Self.tables { try connection.executeScript(connection.dialect.emptying(table)) }
            try TextGenerations.retire(before: sequence.lastSegment + 1, now: time, connection)
            (sequence.bytes, sequence.spans, sequence.logs, sequence.traces) = (0, 0, 0, 0)
            try sequence.save(connection)
            return result
        }
    }

    /// The tables with telemetry.
    private static let tables = [
        "segments", "segment_bodies", "log_messages", "traces", "trace_parts", "span_rollups", "edge_rollups", "trace_rollups",
        "log_rollups", "telemetry_services",
    ]
}

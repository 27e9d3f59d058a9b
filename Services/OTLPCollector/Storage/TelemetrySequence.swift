// The one row that every write goes through.

import ArgusStorage

/// Numbers segments and counts what is stored. Taking it keeps other writers out until the transaction ends.
struct TelemetrySequence {
    /// The newest segment there ever was.
    var lastSegment: Int64
    /// An estimate of what is stored takes, with its indexes.
    var bytes: Int64
    var spans: Int64
    var logs: Int64
    var traces: Int64

    /// Reads the row and waits for the writer before.
    static func take(_ connection: any SQLConnection) throws -> TelemetrySequence {
        let row = try connection.first(
            "SELECT last_segment, bytes, spans, logs, traces FROM telemetry_sequence WHERE id = 1" + connection.dialect.rowLock
        ) { row in
            TelemetrySequence(
                lastSegment: try row.integer(0), bytes: try row.integer(1), spans: try row.integer(2), logs: try row.integer(3),
                traces: try row.integer(4))
        }
        guard let row else { throw StorageError(.corrupted, "telemetry_sequence has lost its row") }
        return row
    }

    /// Writes the row back.
    func save(_ connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE telemetry_sequence SET last_segment = ?, bytes = ?, spans = ?, logs = ?, traces = ? WHERE id = 1",
            [.integer(lastSegment), .integer(bytes), .integer(spans), .integer(logs), .integer(traces)])
    }
}

// Answers how much there is.

import ArgusShared
import ArgusStorage

/// What is stored, and what came in during a range.
struct StatisticsQueries: Sendable {
    let database: any Database

    /// How much is stored.
    struct Stored: Sendable {
        var traces: Int64 = 0
        var spans: Int64 = 0
        var logs: Int64 = 0
        /// Bytes of what is encoded; the database has more.
        var bytes: Int64 = 0
        /// Nanoseconds; nil where there is nothing.
        var oldest: Int64?
        var newest: Int64?
    }

    /// How much is stored, from counters.
    func stored() async throws -> Stored {
        try await database.read { connection in
            var stored =
                try connection.first("SELECT traces, spans, logs, bytes FROM telemetry_sequence WHERE id = 1") { row in
                    Stored(
                        traces: try row.integer(0), spans: try row.integer(1), logs: try row.integer(2), bytes: try row.integer(3))
                } ?? Stored()
            for signal in [SegmentRow.spans, SegmentRow.logs] {
                for (order, isOldest) in [("ASC", true), ("DESC", false)] {
                    let time = try connection.first(
                        "SELECT \(isOldest ? "min_time" : "max_time") FROM segments WHERE signal = ? ORDER BY signal \(order), max_time \(order) LIMIT 1",
                        [.integer(signal)]
                    ) { try $0.integer(0) }
                    guard let time else { continue }
                    if isOldest {
                        stored.oldest = min(stored.oldest ?? time, time)
                    } else {
                        stored.newest = max(stored.newest ?? time, time)
                    }
                }
            }
            return stored
        }
    }
}

extension StatisticsQueries {
    /// The answer: what is stored, how long and how much is kept, and the numbers of a range.
    static func body(_ stored: Stored, kept retention: RetentionSettings, _ dashboard: RollupQueries.Dashboard) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.object("stored") { writer in
                writer.integer("traces", stored.traces)
                writer.integer("spans", stored.spans)
                writer.integer("logs", stored.logs)
                writer.integer("bytes", stored.bytes)
                writer.timestamp("oldest", stored.oldest.map { Timestamp(milliseconds: RollupRange.floor($0, 1_000_000) / 1_000_000) })
                writer.timestamp("newest", stored.newest.map { Timestamp(milliseconds: RollupRange.floor($0, 1_000_000) / 1_000_000) })
            }
            writer.object("retention") { writer in
                writer.integer("hours", retention.age.components.seconds / 3600)
                writer.key("bytes")
                if let bytes = retention.bytes { writer.integer(bytes) } else { writer.null() }
            }
            writer.raw("range", MetricBodies.totals(dashboard))
        }
        return writer.bytes
    }
}

// Where telemetry is stored: one transaction for each batch.

import ArgusStorage
import Foundation

/// What of the storage can be set.
struct TelemetryStoreOptions: Sendable {
    /// Bytes of words after which a table of the text index is complete and a new one is begun.
    var textIndexBytes: Int64 = 48 << 20
    /// Age after which a table of the text index is complete, so that little traffic does not keep words of what was deleted long ago.
    var textIndexAge: Duration = .seconds(12 * 3600)
    /// Age after which rollups of 10 s are put together by the minute.
    var minuteAfter: Duration = .seconds(2 * 3600)
    /// Age after which rollups of a minute are put together by the hour.
    var hourAfter: Duration = .seconds(48 * 3600)
}

/// What became of a batch of spans.
struct SpanWriteResult: Sendable, Equatable {
    /// The segment it is stored in; nil if all its spans were stored before.
    var segment: Int64?
    /// Spans that are new in the database.
    var inserted = 0
    /// Spans that the batch held more than once, or that were stored before.
    var duplicates = 0
}

/// What became of a batch of logs.
struct LogWriteResult: Sendable, Equatable {
    /// The segment it is stored in; nil if all its messages were stored before.
    var segment: Int64?
    /// Records that are new in the database.
    var inserted = 0
    /// Records of messages that were stored before.
    var duplicates = 0
}

/// Stores spans and logs, each once, however often and in whatever order they arrive, from any number of instances.
///
/// Items, summaries of traces, rollups and the text index change in the same transaction.
final class TelemetryStore: Sendable {
    let database: any Database
    let options: TelemetryStoreOptions
    /// Unix milliseconds.
    let now: @Sendable () -> Int64

    init(
        database: any Database, options: TelemetryStoreOptions = TelemetryStoreOptions(),
        now: @Sendable @escaping () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
    ) {
        self.database = database
        self.options = options
        self.now = now
    }

    /// Brings the tables up to date.
    func migrate() async throws {
        try await database.migrate(TelemetrySchema.migrations)
    }

    /// Stores a batch of spans. Throws `StorageError`, and `SegmentError` if what is stored of one of its traces is damaged.
    func write(spans batch: SpanBatch) async throws -> SpanWriteResult {
        guard !batch.isEmpty else { return SpanWriteResult(duplicates: batch.duplicates) }
        let (options, time) = (options, now())
        return try await database.write { connection in
            var transaction = try SpanTransaction(batch, options: options, now: time, connection)
            return try transaction.run()
        }
    }

    /// Stores a batch of logs. Throws `StorageError`.
    func write(logs batch: LogBatch) async throws -> LogWriteResult {
        guard !batch.isEmpty else { return LogWriteResult() }
        let (options, time) = (options, now())
        return try await database.write { connection in
            var transaction = try LogTransaction(batch, options: options, now: time, connection)
            return try transaction.run()
        }
    }
}

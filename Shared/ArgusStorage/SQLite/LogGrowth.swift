// Keeps SQLite's write-ahead log from growing without bound.

import CSQLite

/// Moves the log's pages to the file from time to time, after a commit.
///
/// As SQLite's own way, it moves what it can without waiting for anybody. But while there is always some reader that began before the last
/// commit, that never gets to the end, and the log can start from its beginning only then. So when the log has become several times as large
/// as it should be, it keeps writers waiting for the readers there are.
final class LogGrowth {
    /// How many times larger than it should be the log may become before readers are waited for.
    private static let tolerance = 4
    private static let patience: Int32 = 500

    private let limit: Int
    private let busyTimeout: Int32
    private var nextWait: Int

    /// - Parameters:
    ///   - limit: pages.
    ///   - busyTimeout: the connection's, which waiting for readers changes for a moment.
    init(limit: Int, busyTimeout: Duration) {
        self.limit = limit
        self.busyTimeout = Int32(clamping: busyTimeout.milliseconds)
        nextWait = limit * Self.tolerance
    }

    /// Watches a connection, whose owner keeps this object alive as long as the connection is open.
    func watch(_ connection: OpaquePointer) {
        _ = sqlite3_wal_hook(
            connection,
            { context, connection, _, pages in
                guard let context, let connection else { return SQLITE_OK }
                Unmanaged<LogGrowth>.fromOpaque(context).takeUnretainedValue().committed(connection, pages: Int(pages))
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Errors are left to the next commit: nothing is lost while pages are in the log.
    private func committed(_ connection: OpaquePointer, pages: Int) {
        guard pages >= limit else {
            nextWait = limit * Self.tolerance
            return
        }
        guard pages >= nextWait else {
            _ = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
            return
        }
        sqlite3_busy_timeout(connection, min(Self.patience, busyTimeout))
        let result = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_RESTART, nil, nil)
        sqlite3_busy_timeout(connection, busyTimeout)
        nextWait = result == SQLITE_OK ? limit * Self.tolerance : pages + limit
    }
}

// SQLite as a driver: one connection that writes, several that read.

import Foundation

/// One SQLite file.
struct SQLiteDriver: Driver {
    private let path: String
    private let busyTimeout: Duration
    private let readers: Int
    private let waiting: Int
    private let checkpointPages: Int

    init(_ configuration: StorageConfiguration) {
        var path = configuration.dsn
        for prefix in ["sqlite://", "sqlite:"] where path.hasPrefix(prefix) {
            path.removeFirst(prefix.count)
            break
        }
        self.path = path
        busyTimeout = configuration.busyTimeout
        readers = configuration.readers
        waiting = configuration.maximumWaiting
        checkpointPages = configuration.checkpointPages
    }

    var dialect: Dialect { .sqlite }
    var readerLimits: PoolLimits? { PoolLimits(open: readers, idle: readers, waiting: waiting) }
    var writerLimits: PoolLimits { PoolLimits(open: 1, idle: 1, waiting: waiting) }

    func connect(_ mode: TransactionMode) throws(StorageError) -> any DriverConnection {
        if mode == .write { try createFolder() }
        return try SQLiteConnection(path: path, mode: mode, busyTimeout: busyTimeout, checkpointPages: checkpointPages)
    }

    private func createFolder() throws(StorageError) {
        let folder = (path as NSString).deletingLastPathComponent
        guard !folder.isEmpty, !FileManager.default.fileExists(atPath: folder) else { return }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StorageError(.configuration, "the folder \(folder) of the database cannot be created", cause: error)
        }
    }
}

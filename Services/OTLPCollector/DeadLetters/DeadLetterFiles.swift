// The dead-letter directory: what is on disk, and in which order it gets there.

import ArgusShared

/// Reads and writes dead-letter files. All calls block.
///
/// A file appears complete or not at all: it is written under a temporary name, synced, renamed, and its directory is synced. Files that can
/// never be stored are in `aside/`, each with its reason beside it. Several processes may share a directory.
struct DeadLetterFiles: Sendable {
    /// Where a file is.
    enum Place: String, Sendable, Hashable {
        /// It is replayed until it is stored.
        case pending
        /// It is kept for a person to decide.
        case aside
    }

    /// What has just been done: where tests interrupt.
    enum Step: String, Sendable, Hashable, CaseIterable {
        case created, halfWritten, written, synced, renamed, directorySynced
        case reasonWritten, movedAside, asideSynced, removed
    }

    private static let temporaryPrefix = ".writing-"
    private static let reasonExtension = ".reason"
    private static let headBytes = 8 << 10

    let directory: String
    private let step: @Sendable (Step) -> Void

    init(directory: String, step: @escaping @Sendable (Step) -> Void = { _ in }) {
        self.directory = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        self.step = step
    }

    private var asideDirectory: String { directory + "/aside" }

    // MARK: Writing

    /// Writes a file; it survives any crash once this has returned.
    func write(_ contents: [UInt8], as id: DeadLetterID, reasonAside reason: String? = nil) throws {
        try FileSystem.createDirectory(asideDirectory)
        try write(contents, named: id.fileName, in: reason == nil ? directory : asideDirectory)
        if let reason { try writeReason(reason, of: id) }
    }

    /// Moves a pending file aside.
    func setAside(_ id: DeadLetterID, reason: String) throws {
        try FileSystem.createDirectory(asideDirectory)
        try writeReason(reason, of: id)
        try FileSystem.rename(path(id, .pending), to: path(id, .aside))
        step(.movedAside)
        try FileSystem.syncDirectory(asideDirectory)
        try FileSystem.syncDirectory(directory)
        step(.asideSynced)
    }

    /// Removes a file; one that is gone already is no error.
    func remove(_ id: DeadLetterID, from place: Place) throws {
        // Also one of an attempt to move the file aside that a crash ended.
        try removeIfThere(reasonPath(id))
        try removeIfThere(path(id, place))
        step(.removed)
        try FileSystem.syncDirectory(place == .pending ? directory : asideDirectory)
    }

    private func write(_ contents: [UInt8], named name: String, in folder: String) throws {
        let temporary = folder + "/" + Self.temporaryPrefix + name
        let descriptor = try FileSystem.create(temporary)
        do {
            defer { FileSystem.release(descriptor) }
            step(.created)
            let middle = contents.count / 2
            try FileSystem.write(contents[..<middle], to: descriptor, path: temporary)
            step(.halfWritten)
            try FileSystem.write(contents[middle...], to: descriptor, path: temporary)
            step(.written)
            try FileSystem.sync(descriptor, path: temporary)
            step(.synced)
            // Renamed while it is locked: nobody takes it for a leftover.
            try FileSystem.rename(temporary, to: folder + "/" + name)
        } catch {
            try? FileSystem.remove(temporary)
            throw error
        }
        step(.renamed)
        try FileSystem.syncDirectory(folder)
        step(.directorySynced)
    }

    private func writeReason(_ reason: String, of id: DeadLetterID) throws {
        let name = id.text + Self.reasonExtension
        try? FileSystem.remove(asideDirectory + "/" + Self.temporaryPrefix + name)
        try write(Array(reason.utf8) + [UInt8(ascii: "\n")], named: name, in: asideDirectory)
        step(.reasonWritten)
    }

    private func removeIfThere(_ path: String) throws {
        do {
            try FileSystem.remove(path)
        } catch let error as FileError where error.isMissing {
            return
        }
    }

    // MARK: Reading

    /// The files of a place, oldest first.
    func list(_ place: Place) throws -> [DeadLetterID] {
        do {
            return try FileSystem.names(in: folder(place)).compactMap { DeadLetterID(fileName: $0) }.sorted()
        } catch let error as FileError where error.isMissing {
            return []
        }
    }

    /// Where a file is; nil if there is none of this name.
    func find(_ id: DeadLetterID) -> Place? {
        for place in [Place.pending, .aside] where (try? size(id, place)) != nil { return place }
        return nil
    }

    func size(_ id: DeadLetterID, _ place: Place) throws -> Int {
        try FileSystem.size(of: path(id, place))
    }

    /// A whole file, unless it is larger than `limit`.
    func read(_ id: DeadLetterID, _ place: Place, limit: Int) throws -> [UInt8]? {
        guard try size(id, place) <= limit else { return nil }
        return try FileSystem.read(path(id, place), limit: limit)
    }

    /// What a file's beginning says it is; nil if it does not say.
    func header(_ id: DeadLetterID, _ place: Place) throws -> DeadLetterBatch.Header? {
        DeadLetterBatch.header(from: try FileSystem.read(path(id, place), limit: Self.headBytes))
    }

    /// Why a file is aside.
    func reason(_ id: DeadLetterID) -> String? {
        guard let bytes = try? FileSystem.read(reasonPath(id), limit: Self.headBytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self).trimmingSuffix { $0.isNewline }
    }

    // MARK: After a crash

    /// Removes what a crash left half done, and returns how many files that were.
    ///
    /// A file under its temporary name was never acknowledged: its messages are still on the bus. What another process is writing is locked
    /// and left alone.
    @discardableResult
    func recover() throws -> Int {
        try FileSystem.createDirectory(asideDirectory)
        var removed = 0
        for folder in [directory, asideDirectory] {
            for name in try FileSystem.names(in: folder) where name.hasPrefix(Self.temporaryPrefix) {
                let path = folder + "/" + name
                guard !FileSystem.isLocked(path) else { continue }
                try removeIfThere(path)
                removed += 1
            }
        }
        // A rename may have been done and not synced.
        try FileSystem.syncDirectory(asideDirectory)
        try FileSystem.syncDirectory(directory)
        return removed
    }

    // MARK: Paths

    private func folder(_ place: Place) -> String {
        place == .pending ? directory : asideDirectory
    }

    private func path(_ id: DeadLetterID, _ place: Place) -> String {
        folder(place) + "/" + id.fileName
    }

    private func reasonPath(_ id: DeadLetterID) -> String {
        asideDirectory + "/" + id.text + Self.reasonExtension
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var end = self[...]
        while let last = end.last, predicate(last) { end.removeLast() }
        return String(end)
    }
}

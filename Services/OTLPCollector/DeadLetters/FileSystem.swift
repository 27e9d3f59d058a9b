// The few system calls that make a file durable.

import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A system call on a file failed.
struct FileError: Error, Sendable, CustomStringConvertible {
    /// What was attempted, on which path.
    let attempt: String
    /// `errno`.
    let number: Int32

    /// The disk, or what we may use of it, is full.
    var isFull: Bool { number == ENOSPC || number == EDQUOT }
    /// The file does not exist.
    var isMissing: Bool { number == ENOENT }

    /// What was attempted and what the system said.
    var description: String { "\(attempt): \(String(cString: strerror(number)))" }

    /// The failure of the call just made.
    static func last(_ attempt: String) -> FileError {
        FileError(attempt: attempt, number: errno)
    }
}

/// Blocking calls; not for the cooperative pool.
enum FileSystem {
    /// Creates a directory and those above it that are missing; their entries are on disk when it returns.
    static func createDirectory(_ path: String) throws {
        guard !isDirectory(path) else { return }
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty, parent != path { try createDirectory(parent) }
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw FileError.last("creating \(path)") }
        try syncDirectory(parent.isEmpty ? "." : parent)
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Opens a new file for writing and locks it for as long as the descriptor is open.
    static func create(_ path: String) throws -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError.last("creating \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(descriptor) }
            throw FileError.last("locking \(path)")
        }
        return descriptor
    }

    /// Closes what `create` opened.
    static func release(_ descriptor: Int32) {
        close(descriptor)
    }

    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let written = systemWrite(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                if written < 0 {
                    if errno == EINTR { continue }
                    throw FileError.last("writing \(path)")
                }
                offset += written
            }
        }
    }

    static func sync(_ descriptor: Int32, path: String) throws {
        guard fsync(descriptor) == 0 else { throw FileError.last("syncing \(path)") }
    }

    /// Puts the names in a directory on disk.
    static func syncDirectory(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last("opening \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError.last("syncing \(path)") }
    }

    static func rename(_ old: String, to new: String) throws {
        guard systemRename(old, new) == 0 else { throw FileError.last("renaming \(old) to \(new)") }
    }

    static func remove(_ path: String) throws {
        guard unlink(path) == 0 else { throw FileError.last("removing \(path)") }
    }

    /// Whether somebody holds the lock of a file that `create` made. A file that is gone counts as locked: it is somebody else's affair.
    static func isLocked(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    /// The names in a directory, without `.` and `..`.
    static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw FileError.last("reading \(path)") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func size(of path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError.last("asking for the size of \(path)") }
        return Int(status.st_size)
    }

    /// The first `limit` bytes of a file.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.last("opening \(path)") }
        defer { close(descriptor) }
        let wanted = min(limit, try size(of: path))
        return try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while count < wanted {
                let got = systemRead(descriptor, buffer.baseAddress?.advanced(by: count), wanted - count)
                if got < 0 {
                    if errno == EINTR { continue }
                    throw FileError.last("reading \(path)")
                }
                if got == 0 { break }
                count += got
            }
        }
    }

    static func wallClockMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}

// The system's names, where ours would hide them.
#if canImport(Glibc)
private let systemWrite = Glibc.write
private let systemRead = Glibc.read
private let systemRename = Glibc.rename
#elseif canImport(Musl)
private let systemWrite = Musl.write
private let systemRead = Musl.read
private let systemRename = Musl.rename
#else
private let systemWrite = Darwin.write
private let systemRead = Darwin.read
private let systemRename = Darwin.rename
#endif

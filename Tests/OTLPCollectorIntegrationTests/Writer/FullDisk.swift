// Disks that take no more.

import Foundation
import TestSupport

/// What refuses to take any more bytes.
enum FullDisk: String, Sendable, Codable {
    /// A file system of one megabyte; needs the right to mount.
    case small
    /// Files of this process may not grow beyond a hundred kilobytes; for a process of its own.
    case limited

    /// What can be tried here.
    static let all: [FullDisk] = mayMount ? [.small, .limited] : [.limited]

    /// Sets it up at a path.
    func fill(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        switch self {
        case .small:
            guard mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else { throw Self.failure("mounting a tmpfs") }
        case .limited:
            signal(SIGXFSZ, SIG_IGN)
            try Self.limit(100_000)
        }
    }

    /// Makes room.
    func enlarge(_ path: String) throws {
        switch self {
        case .small:
            guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0 else { throw Self.failure("enlarging a tmpfs") }
        case .limited: try Self.limit(rlim_t.max)
        }
    }

    /// Takes it away.
    func remove(_ path: String) {
        if self == .small { umount2(path, Int32(MNT_DETACH)) }
    }

    private static func limit(_ bytes: rlim_t) throws {
        var limit = rlimit(rlim_cur: bytes, rlim_max: rlim_t.max)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw failure("limiting the size of files") }
    }

    private static let mayMount: Bool = {
        let path = NSTemporaryDirectory() + "argus-mount-\(UUID().uuidString)"
        guard mkdir(path, 0o700) == 0 else { return false }
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return false }
        umount2(path, Int32(MNT_DETACH))
        return true
    }()

    private static func failure(_ attempt: String) -> TestSupportError {
        TestSupportError("\(attempt): \(String(cString: strerror(errno)))")
    }
}

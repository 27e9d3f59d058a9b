// A small disk that fills up.

import Foundation
import TestSupport

/// A disk of one megabyte: a tmpfs where we may mount one, and otherwise a file-size limit... see `makeRoom`.
final class FullDisk: Sendable {
    let path: String

    init(beneath folder: String) throws {
        path = folder + "/disk"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else {
            throw TestSupportError("mounting a tmpfs: \(String(cString: strerror(errno)))")
        }
    }

    func makeRoom() throws {
        guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0 else {
            throw TestSupportError("enlarging a tmpfs: \(String(cString: strerror(errno)))")
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }
}

// The built command line.

import Foundation

/// `argus` as it was built with the tests.
enum ArgusExecutable {
    /// Its path; nil if it is nowhere.
    static var path: String? {
        let candidates = [
            ProcessInfo.processInfo.environment["ARGUS_BIN_DIR"].map { $0 + "/argus" },
            Bundle.main.bundleURL.deletingLastPathComponent().appendingPathComponent("argus").path,
            Bundle.main.bundleURL.appendingPathComponent("argus").path,
        ].compactMap(\.self)
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

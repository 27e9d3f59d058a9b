// The built web console, read from its folder into memory.

import ArgusService
import Foundation

/// The files of the console: its page and what the page loads. Only what is in memory can be asked for, so no path leads out of the folder.
struct ConsoleFiles: Sendable {
    /// The variable that names the folder.
    static let variable = "CONSOLE_DIR"

    /// The page behind every address of the console.
    let page: ConsoleFile
    /// What `/assets` holds, by name.
    let assets: [String: ConsoleFile]

    /// What a folder may hold.
    struct Limits {
        var files = 1_000
        var bytes = 64 << 20
    }

    /// Reads `index.html` and `assets/`, each file with its compressed sibling `<name>.gz` if there is one.
    ///
    /// - Throws: `StartError` in a sentence that names the variable.
    init(directory: String, limits: Limits = Limits()) throws {
        var reader = FolderReader(directory: directory, limits: limits)
        let index = "index.html"
        guard FileManager.default.fileExists(atPath: directory) else { throw reader.refusal("does not exist") }
        guard FileManager.default.fileExists(atPath: "\(directory)/\(index)") else {
            throw reader.refusal("has no index.html: give it a folder that deploy/build-console made, or leave it empty")
        }
        page = ConsoleFile(name: index, bytes: try reader.read(index), gzip: try reader.compressed(index), caching: .revalidate)
        var assets: [String: ConsoleFile] = [:]
        for name in try reader.names(in: "assets") {
            let path = "assets/\(name)"
            assets[name] = ConsoleFile(
                name: name, bytes: try reader.read(path), gzip: try reader.compressed(path), caching: .immutable)
        }
        self.assets = assets
    }
}

/// Reads files of one folder within bounds.
private struct FolderReader {
    let directory: String
    let limits: ConsoleFiles.Limits
    private var bytes = 0

    init(directory: String, limits: ConsoleFiles.Limits) {
        self.directory = directory
        self.limits = limits
    }

    /// The names of a folder's files but the compressed siblings; none where the folder is missing.
    func names(in folder: String) throws -> [String] {
        let path = "\(directory)/\(folder)"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let found: [String]
        do {
            found = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw refusal("has a folder \(folder) that cannot be read: \(error.localizedDescription)")
        }
        guard found.count <= limits.files else { throw refusal("holds more than \(limits.files) files") }
        return found.filter { !$0.hasSuffix(".gz") && !$0.hasPrefix(".") }
    }

    mutating func read(_ name: String) throws -> [UInt8] {
        let path = "\(directory)/\(name)"
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            guard bytes + size <= limits.bytes else { throw refusal("holds more than \(limits.bytes >> 20) MiB") }
            let content = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes += content.count
            return Array(content)
        } catch let error as StartError {
            throw error
        } catch {
            throw refusal("has a file \(name) that cannot be read: \(error.localizedDescription)")
        }
    }

    mutating func compressed(_ name: String) throws -> [UInt8]? {
        let sibling = "\(name).gz"
        return FileManager.default.fileExists(atPath: "\(directory)/\(sibling)") ? try read(sibling) : nil
    }

    func refusal(_ reason: String) -> StartError {
        StartError("\(ConsoleFiles.variable) is \"\(directory)\", which \(reason).")
    }
}

// The dead-letter directory on a real disk.

import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct DeadLetterFilesTests {
    /// A directory that is removed with the test.
    private final class Folder {
        let path = NSTemporaryDirectory() + "argus-dlq-\(UUID().uuidString)"
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func names(_ sub: String = "") -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path + sub)) ?? []).sorted()
        }
    }

    private let folder = Folder()
    private let naming = DeadLetterNaming()

    @Test func theStepsOfAWrite() throws {
        let steps = Mutex<[DeadLetterFiles.Step]>([])
        let files = DeadLetterFiles(directory: folder.path + "/a/b/dlq/") { step in steps.withLock { $0.append(step) } }
        let id = naming.next()
        try files.write(Array("contents".utf8), as: id)
        #expect(steps.withLock { $0 } == [.created, .halfWritten, .written, .synced, .renamed, .directorySynced])
        #expect(folder.names("/a/b/dlq") == ["aside", id.fileName])
        #expect(try files.list(.pending) == [id])
        #expect(try files.read(id, .pending, limit: 100) == Array("contents".utf8))
        #expect(try files.read(id, .pending, limit: 7) == nil)
        #expect(files.find(id) == .pending)
        try files.remove(id, from: .pending)
        try files.remove(id, from: .pending)
        #expect(files.find(id) == nil)
    }

    @Test func aFileIsSetAsideWithItsReason() throws {
        let files = DeadLetterFiles(directory: folder.path)
        let (first, second) = (naming.next(), naming.next())
        try files.write([1], as: first)
        try files.setAside(first, reason: "it is poison")
        try files.write([2], as: second, reasonAside: "so is this")
        #expect(try files.list(.pending).isEmpty)
        #expect(try files.list(.aside) == [first, second])
        #expect(files.reason(first) == "it is poison")
        #expect(files.reason(second) == "so is this")
        #expect(files.find(first) == .aside)
        try files.remove(first, from: .aside)
        #expect(folder.names("/aside") == [second.fileName, second.text + ".reason"])
    }

    @Test func listsAreOldestFirstAndKnowOnlyOurFiles() throws {
        let files = DeadLetterFiles(directory: folder.path)
        #expect(try files.list(.pending).isEmpty)
        let ids = (0..<20).map { _ in naming.next() }
        for id in ids.shuffled() { try files.write([0], as: id) }
        for name in ["notes.txt", "batch_x.json.swp", ".writing-batch_1.json", "batch_.json"] {
            try Data().write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        #expect(try files.list(.pending) == ids)
    }

    @Test func whatACrashLeftIsRemovedButNotWhatSomebodyWrites() throws {
        let files = DeadLetterFiles(directory: folder.path)
        let id = naming.next()
        try files.write([1], as: id)
        for place in ["/", "/aside/"] {
            try Data("half".utf8).write(to: URL(fileURLWithPath: folder.path + place + ".writing-batch_1.json"))
        }
        let living = folder.path + "/.writing-batch_2.json"
        let descriptor = try FileSystem.create(living)
        #expect(try files.recover() == 2)
        #expect(folder.names() == [".writing-batch_2.json", "aside", id.fileName])
        FileSystem.release(descriptor)
        #expect(try files.recover() == 1)
        #expect(folder.names() == ["aside", id.fileName])
    }

    @Test func aWriteThatFailsLeavesNothing() throws {
        let files = DeadLetterFiles(directory: folder.path)
        _ = try files.recover()
        let id = naming.next()
        // Something that cannot be replaced by a file is in the way.
        try FileManager.default.createDirectory(atPath: folder.path + "/" + id.fileName + "/x", withIntermediateDirectories: true)
        #expect(throws: FileError.self) { try files.write([1, 2, 3], as: id) }
        #expect(folder.names() == ["aside", id.fileName])
    }

    @Test func aDirectoryThatCannotBeMadeIsAnErrorThatNamesIt() throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
        let files = DeadLetterFiles(directory: folder.path + "/file/dlq")
        let error = #expect(throws: FileError.self) { try files.write([1], as: naming.next()) }
        #expect(error?.description.contains(folder.path + "/file") == true)
    }
}

// A database that goes away and comes back, and a disk that is full meanwhile.

import ArgusBus
import ArgusShared
import ArgusStorage
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.serialized) struct OutageTests {
    /// Publishes items one after the other until it is told to stop.
    private actor Load {
        private(set) var items: [String] = []
        private var isStopped = false

        func run(_ rig: WriterRig) async throws {
            while !isStopped {
                let batch = (0..<5).map { "item \(items.count + $0)" }
                try await rig.publish(batch)
                items += batch
                try await Task.sleep(for: .milliseconds(2))
            }
        }

        func stop() {
            isStopped = true
        }
    }

    @Test func postgresIsKilledUnderLoadAndComesBack() async throws {
        try await withDeadline(.seconds(120)) {
            let server = try await NATSServer.start()
            let postgres = try await PostgresServer()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(
                natsURL: server.url, postgres: try await postgres.createDatabase(), folder: folder.path, patience: .milliseconds(700),
                replayInterval: .seconds(300))
            let rig = try await WriterRig.open(plan)
            try await rig.run {
                let load = Load()
                let loading = Task { try await load.run(rig) }
                try await eventually("something is stored") { try await rig.items.count > 100 }
                try await postgres.stop(signal: SIGKILL)
                let before = ContinuousClock.now
                try await eventually("batches go to files", within: .seconds(30)) { rig.files.count >= 3 }
                #expect(ContinuousClock.now - before >= .milliseconds(700))
                #expect(throws: DatabaseOutage.Failing.self) { try rig.outage.check() }
                // Nothing waits any more: the bus is read as fast as files are written.
                let published = await load.items.count
                try await eventually("the bus is read") { await load.items.count > published + 200 }
                try await eventually("the bus is empty but for what is under way") { try await rig.waiting < 40 }
                #expect(rig.directory.pendingFiles > 0)
                try await postgres.start()
                // A probe ends the outage, and that starts the replay.
                try await eventually("the database is back", within: .seconds(30)) { !rig.outage.isAway }
                await load.stop()
                // What is on its way when it is told to stop is published, too.
                try await loading.value
                let expected = await load.items
                try await rig.settled(expected)
                #expect(rig.directory.pendingFiles == 0)
                try rig.outage.check()
            }
        }
    }

    @Test func aShortOutageNeedsNoFiles() async throws {
        try await withDeadline(.seconds(120)) {
            let server = try await NATSServer.start()
            let postgres = try await PostgresServer()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(
                natsURL: server.url, postgres: try await postgres.createDatabase(), folder: folder.path, patience: .seconds(60))
            let rig = try await WriterRig.open(plan)
            try await rig.run {
                let load = Load()
                let loading = Task { try await load.run(rig) }
                for round in 1...3 {
                    let stored = try await rig.items.count
                    try await eventually("round \(round) stores something") { try await rig.items.count > stored + 20 }
                    try await postgres.stop(signal: round == 2 ? SIGINT : SIGKILL)
                    try await eventually("the writer notices") { (try? rig.outage.check()) == nil }
                    try await postgres.start()
                }
                await load.stop()
                // What is on its way when it is told to stop is published, too.
                try await loading.value
                let expected = await load.items
                try await rig.settled(expected)
                #expect(rig.asideFiles.isEmpty)
            }
        }
    }

    @Test func filesOfAnEarlierRunAreReplayedAtTheStartAndOnesThatCannotBeStoredBlockNone() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(natsURL: server.url, folder: folder.path, replayInterval: .seconds(300))
            let rig = try await WriterRig.open(plan)
            func message(_ sequence: UInt64, _ text: String) -> TelemetryMessage {
                TelemetryMessage(signal: .traces, sequence: sequence, published: 5, payload: Array(text.utf8))
            }
            try await rig.directory.write([message(1, "a\nb"), message(2, "c")], signal: .traces, items: 3, reason: "away")
            try Data("{ this is no JSON".utf8).write(to: URL(fileURLWithPath: plan.deadLetters + "/batch_20200101T000000.json"))
            try await rig.directory.write([message(3, "poison")], signal: .traces, items: 1, reason: "away")
            try await rig.directory.write(
                [message(4, "d"), message(5, "poison"), message(6, "e")], signal: .traces, items: 3, reason: "away")
            try await rig.directory.write([message(7, "f")], signal: .logs, items: 1, reason: "away")
            try await rig.directory.write([message(8, "malformed"), message(9, "g")], signal: .traces, items: 1, reason: "away")
            // A message that is in a file and also comes again from the bus.
            try await rig.directory.write([message(1, "a\nb"), message(10, "h")], signal: .traces, items: 3, reason: "away")
            try Data("half".utf8).write(to: URL(fileURLWithPath: plan.deadLetters + "/.writing-batch_1.json"))
            try await rig.run {
                try await rig.settled(["a", "b", "c", "d", "e", "g", "h"])
                let aside = try await rig.directory.page(after: nil, limit: 100).entries
                #expect(aside.count == 5)
                #expect(aside.allSatisfy { $0.place == .aside && $0.reason?.isEmpty == false })
                #expect(aside.first?.id.text == "batch_20200101T000000")
                #expect(aside.first?.header == nil)
                #expect(aside.first?.reason?.contains("JSON") == true)
                #expect(aside.filter { $0.id.text.hasSuffix("-aside") }.count == 2)
                #expect(rig.asideFiles.count == 10)
            }
        }
    }

    @Test func messagesInFilesThatComeAgainAreStoredOnce() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(natsURL: server.url, folder: folder.path)
            let rig = try await WriterRig.open(plan)
            let expected = (0..<50).map { "item \($0)" }
            for item in expected { try await rig.publish([item]) }
            // As after a crash between the file and the acknowledgement: everything is in a file and on the bus.
            var messages: [TelemetryMessage] = []
            for sequence in 1...50 {
                let message = try #require(try await rig.bus.message(stream: Streams.telemetry().name, sequence: UInt64(sequence)))
                let published = try #require(message.metadata?.timestamp.milliseconds) * 1_000_000
                messages.append(
                    TelemetryMessage(signal: .traces, sequence: UInt64(sequence), published: published, payload: message.payload))
            }
            try await rig.directory.write(messages, signal: .traces, items: 50, reason: "away")
            try await rig.run { try await rig.settled(expected) }
        }
    }

    @Test(arguments: FullDisk.all)
    func aFullDiskKeepsTelemetryOnTheBus(_ disk: FullDisk) async throws {
        try await withDeadline(.seconds(120)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            var plan = WriterRig.Plan(
                natsURL: server.url, folder: folder.path, patience: .milliseconds(100), replayInterval: .seconds(300))
            plan.deadLetterDirectory = folder.path + "/disk/dlq"
            defer { disk.remove(folder.path + "/disk") }
            // In a process of its own, since one kind of full disk is a limit of the process.
            await #expect(processExitsWith: .success) { [plan = plan as WriterRig.Plan, disk = disk as FullDisk] in
                try await Self.live(on: disk, plan)
            }
        }
    }

    @Test func aFullDiskMattersNoLongerOnceTheDatabaseIsBack() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            var plan = WriterRig.Plan(natsURL: server.url, folder: folder.path, patience: .zero)
            // A file is where the directory should be.
            try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
            plan.deadLetterDirectory = folder.path + "/file/dlq"
            let isAway = Flag()
            isAway.set(true)
            let rig = try await WriterRig.open(
                plan, hooks: .init(before: { if isAway.isSet { throw StorageError(.unavailable, "the database is away") } }))
            try await rig.run {
                try await rig.publish(["a", "b"])
                try await eventually("nothing can be written") { (try? rig.directory.check()) == nil }
                #expect(try await rig.waiting == 1)
                isAway.set(false)
                try await rig.settled(["a", "b"])
                try rig.directory.check()
                try rig.outage.check()
            }
        }
    }

    private static func live(on disk: FullDisk, _ plan: WriterRig.Plan) async throws {
        let path = plan.folder + "/disk"
        let isAway = Flag()
        let hooks = LedgerSink.Hooks(before: { if isAway.isSet { throw StorageError(.unavailable, "the database is away") } })
        let rig = try await WriterRig.open(plan, hooks: hooks)
        try await rig.run {
            var expected = ["first"]
            try await rig.publish(expected)
            try await eventually("it is stored") { try await rig.items.count == 1 }
            isAway.set(true)
            try disk.fill(path)
            // More than the disk takes.
            for index in 0..<150 {
                expected.append("item \(index) " + String(repeating: "x", count: 20_000))
                try await rig.publish([expected[index + 1]])
            }
            try await eventually("the disk is full", within: .seconds(30)) { (try? rig.directory.check()) == nil }
            try demand(try await rig.waiting > 0, "nothing is acknowledged that is nowhere")
            try disk.enlarge(path)
            try await eventually("files are written again", within: .seconds(30)) { try await rig.waiting == 0 }
            try rig.directory.check()
            try demand(!rig.files.isEmpty && rig.files.allSatisfy { $0.hasPrefix("batch_") }, "only whole files are there")
            isAway.set(false)
            // The replay tries a file now and then, so that no traffic is needed.
            try await rig.settled(expected, within: .seconds(30))
        }
    }

    /// In a child process an expectation that fails would go unnoticed.
    private static func demand(_ condition: Bool, _ what: String) throws {
        if !condition { throw TestSupportError("it is not so that \(what)") }
    }

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set(_ wanted: Bool) { value.store(wanted, ordering: .relaxed) }
    }
}

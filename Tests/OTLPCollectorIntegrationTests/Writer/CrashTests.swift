// kill -9 at every step of a write, then another instance: nothing is lost and nothing is doubled.

import ArgusBus
import ArgusShared
import ArgusStorage
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.serialized) struct CrashTests {
    /// Where an instance dies.
    enum Point: String, Sendable, Codable, CaseIterable {
        // Of the second dead-letter file, while the database is away.
        case created, halfWritten, written, synced, renamed, directorySynced
        // Of a transaction.
        case beforeCommit, afterCommit

        var step: DeadLetterFiles.Step? { DeadLetterFiles.Step(rawValue: rawValue) }
    }

    @Test(arguments: Point.allCases)
    func aWriterIsKilled(at point: Point) async throws {
        try await withDeadline(.seconds(90)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(natsURL: server.url, folder: folder.path, patience: .zero)
            let expected = (0..<300).map { "item \($0)" }
            let publisher = try await WriterRig.open(plan)
            for item in expected { try await publisher.publish([item]) }
            await publisher.close()

            await #expect(processExitsWith: .signal(SIGKILL)) { [plan = plan as WriterRig.Plan, point = point as Point] in
                try await Self.die(at: point, plan)
            }

            let files = WriterRig.names(plan.deadLetters)
            if let step = point.step {
                let isComplete = step == .renamed || step == .directorySynced
                #expect(files.filter { $0.hasPrefix("batch_") }.count == (isComplete ? 2 : 1))
                #expect(files.filter { $0.hasPrefix(".writing-") }.count == (isComplete ? 0 : 1))
            }
            let rig = try await WriterRig.open(plan)
            // What the dead instance had taken comes again after the consumer's time.
            try await rig.run { try await rig.settled(expected, within: .seconds(60)) }
        }
    }

    /// Runs a writer that kills itself.
    private static func die(at point: Point, _ plan: WriterRig.Plan) async throws {
        let reached = Atomic<Int>(0)
        let count: @Sendable () -> Void = {
            // The second time, so that there is something before it.
            if reached.wrappingAdd(1, ordering: .relaxed).newValue == 2 { kill(getpid(), SIGKILL) }
        }
        let hooks: LedgerSink.Hooks =
            switch point {
            case .beforeCommit: .init(before: count)
            case .afterCommit: .init(after: count)
            default: .init(before: { throw StorageError(.unavailable, "the database is away") })
            }
        let rig = try await WriterRig.open(plan, hooks: hooks) { if $0 == point.step { count() } }
        try await rig.run { try await Task.sleep(for: .seconds(20)) }
    }

    /// Where a replay dies.
    enum ReplayPoint: String, Sendable, Codable, CaseIterable {
        // Of a file that is stored.
        case beforeCommit, afterCommit, removed
        // Of a file that can never be stored.
        case created, halfWritten, written, synced, renamed, directorySynced, reasonWritten, movedAside, asideSynced

        var step: DeadLetterFiles.Step? { DeadLetterFiles.Step(rawValue: rawValue) }
    }

    @Test(arguments: ReplayPoint.allCases)
    func aReplayIsKilled(at point: ReplayPoint) async throws {
        try await withDeadline(.seconds(90)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(natsURL: server.url, folder: folder.path)
            let writer = try await WriterRig.open(plan)
            func message(_ sequence: Int, _ text: String) -> TelemetryMessage {
                TelemetryMessage(signal: .traces, sequence: UInt64(sequence), published: 7, payload: Array(text.utf8))
            }
            for index in 0..<5 {
                try await writer.directory.write([message(index, "item \(index)")], signal: .traces, items: 1, reason: "away")
            }
            let unreadable = plan.deadLetters + "/batch_10000101T000000.json"
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: unreadable))
            try await writer.directory.write([message(5, "item 5"), message(6, "poison")], signal: .traces, items: 2, reason: "away")
            await writer.close()

            await #expect(processExitsWith: .signal(SIGKILL)) { [plan = plan as WriterRig.Plan, point = point as ReplayPoint] in
                try await Self.dieReplaying(at: point, plan)
            }

            let rig = try await WriterRig.open(plan)
            try await rig.run { try await rig.settled((0...5).map { "item \($0)" }) }
            let aside = rig.asideFiles
            #expect(aside.count == 4)
            #expect(aside.filter { $0.hasSuffix(".json") }.count == 2)
            #expect(aside.filter { $0.hasSuffix(".reason") }.count == 2)
        }
    }

    private static func dieReplaying(at point: ReplayPoint, _ plan: WriterRig.Plan) async throws {
        let die: @Sendable () -> Void = { kill(getpid(), SIGKILL) }
        let hooks: LedgerSink.Hooks =
            switch point {
            case .beforeCommit: .init(before: die)
            case .afterCommit: .init(after: die)
            default: .init()
            }
        let rig = try await WriterRig.open(plan, hooks: hooks) { if $0 == point.step { die() } }
        try await rig.run { try await Task.sleep(for: .seconds(20)) }
    }
}

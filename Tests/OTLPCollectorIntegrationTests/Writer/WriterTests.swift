// The writer with a bus and a database that are well, and messages that are not.

import ArgusBus
import ArgusService
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct WriterTests {
    @Test func everythingIsStoredOnceInFewTransactions() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let rig = try await WriterRig.open(.init(natsURL: server.url, folder: folder.path))
            let expected = (0..<1000).map { "item \($0)" }
            for start in stride(from: 0, to: 1000, by: 5) { try await rig.publish(Array(expected[start..<start + 5])) }
            try await rig.run {
                try await rig.settled(expected)
                #expect(rig.commits.items == 1000)
                let transactions = WriterMetrics(rig.metrics, signal: .traces).transaction
                #expect((1...60).contains(transactions.count))
                try rig.directory.check()
                try rig.outage.check()
            }
        }
    }

    @Test func whatCannotBeStoredIsDeadLetteredAndTheRestIsStored() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let rig = try await WriterRig.open(.init(natsURL: server.url, folder: folder.path))
            try await rig.publish(["a", "bad", "b"])
            let malformed = try await rig.publish(["malformed"])
            let unknown = try await rig.publish(["c"], headers: [HeaderName.schema: "2"])
            // Publishers in other languages know nothing of schemas.
            try rig.bus.send(Array("d".utf8), to: Subjects.otlpTraces)
            try await rig.publish(["poison"])
            try await rig.publish(["e"])
            try await rig.publish([])
            try await rig.run {
                try await rig.settled(["a", "b", "d", "e"])
                try await eventually("the dead letters are there") {
                    try await rig.bus.streamInfo(Streams.deadLetters.name).messages == 3
                }
                let replay = try await rig.bus.replay(stream: Streams.deadLetters.name, from: 1)
                var letters: [String: BusMessage] = [:]
                while letters.count < 3 {
                    for letter in try await replay.next(max: 10, wait: .seconds(5)) {
                        letters[letter.headers[HeaderName.reason] ?? ""] = letter
                    }
                }
                let span = try #require(letters["it is bad"])
                #expect(span.subject == "argus.deadletters.otlp-collector.spans")
                #expect(span.payload == Array("bad".utf8))
                let message = try #require(letters["it is malformed"])
                #expect(message.subject == "argus.deadletters.otlp-collector.messages")
                #expect(message.headers[HeaderName.originalSequence] == "\(malformed)")
                #expect(message.headers[HeaderName.originalSubject] == Subjects.otlpTraces)
                let schema = try #require(letters["the schema \"2\" is not known"])
                #expect(schema.headers[HeaderName.originalSequence] == "\(unknown)")
                #expect(schema.payload == Array("c".utf8))
                // What only the database refuses is aside, alone.
                #expect(rig.asideFiles.count == 2)
                let id = try #require(DeadLetterID(fileName: rig.asideFiles[0]))
                #expect(try await rig.directory.read(id, .aside).messages.map(\.payload) == [Array("poison".utf8)])
            }
        }
    }

    @Test func aStoppingWriterLosesNothing() async throws {
        try await withDeadline(.seconds(90)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(natsURL: server.url, folder: folder.path)
            let expected = (0..<3000).map { "item \($0)" }
            let publisher = try await WriterRig.open(plan)
            let publishing = Task {
                for item in expected { try await publisher.publish([item]) }
            }
            for round in 1...6 {
                let rig = try await WriterRig.open(plan)
                try await rig.run {
                    try await eventually("round \(round) stores something") { try await rig.items.count >= round * 100 }
                }
            }
            try await publishing.value
            let rig = try await WriterRig.open(plan)
            // A message may have been on its way to a writer that had stopped: it comes again after the consumer's time.
            try await rig.run { try await rig.settled(expected, within: .seconds(45)) }
            await publisher.close()
        }
    }

    @Test func twoWritersShareTheWork() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let plan = WriterRig.Plan(natsURL: server.url, folder: folder.path)
            let (first, second) = (try await WriterRig.open(plan), try await WriterRig.open(plan))
            let expected = (0..<1000).map { "item \($0)" }
            try await first.run {
                try await second.run {
                    for item in expected { try await first.publish([item]) }
                    try await second.settled(expected)
                    #expect(first.commits.items + second.commits.items == 1000)
                }
            }
        }
    }

    @Test func aRestartedBusIsFollowedAgain() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start(syncAlways: true)
            let folder = try WriterFolder()
            let rig = try await WriterRig.open(.init(natsURL: server.url, folder: folder.path))
            try await rig.run {
                for index in 0..<100 { try await rig.publish(["before \(index)"]) }
                try await server.restart()
                for index in 0..<100 {
                    _ = try await rig.bus.publish(
                        Array("after \(index)".utf8), to: Subjects.otlpTraces, messageID: "after \(index)", timeout: .seconds(20))
                }
                try await rig.settled((0..<100).flatMap { ["before \($0)", "after \($0)"] }, within: .seconds(40))
            }
        }
    }
}

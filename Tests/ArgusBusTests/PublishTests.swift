// Publishing: acknowledgements, conditions, limits and refusals.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct PublishTests {
    private let events = StreamDefinition(name: "EVENTS", subjects: ["events.>"])

    @Test func acknowledgedInOrder() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(events)
            for index in 1...20 {
                let ack = try await bus.publish(bytes("\(index)"), to: "events.a", headers: ["traceparent": "x"])
                #expect(ack == PublishAck(stream: "EVENTS", sequence: UInt64(index)))
            }
            let message = try #require(try await bus.message(stream: "EVENTS", sequence: 7))
            #expect(text(message.payload) == "7")
            #expect(message.headers[HeaderName.schema] == Schema.current)
            #expect(message.headers[HeaderName.traceparent] == "x")
            #expect(message.subject == "events.a")
            #expect(message.metadata?.streamSequence == 7)
            #expect(abs((message.metadata?.timestamp.milliseconds ?? 0) - Timestamp.now().milliseconds) < 60_000)
            #expect(try await bus.message(stream: "EVENTS", sequence: 21) == nil)
            #expect(try await bus.lastMessage(stream: "EVENTS", subject: "events.a")?.payload == bytes("20"))
            #expect(try await bus.lastMessage(stream: "EVENTS", subject: "events.none") == nil)
            await bus.drain()
        }
    }

    @Test func aMessageIDCountsOnce() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(events)
            let first = try await bus.publish(bytes("a"), to: "events.a", messageID: "1", expectedLastSubjectSequence: 0)
            let second = try await bus.publish(bytes("a"), to: "events.a", messageID: "1", expectedLastSubjectSequence: 0)
            #expect(!first.isDuplicate)
            #expect(second == PublishAck(stream: "EVENTS", sequence: first.sequence, isDuplicate: true))
            #expect(try await bus.streamInfo("EVENTS").messages == 1)
            await bus.drain()
        }
    }

    @Test func anExpectedSequenceThatIsNotTheLast() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(events)
            let ack = try await bus.publish(bytes("1"), to: "events.a", expectedLastSubjectSequence: 0)
            try await bus.publish(bytes("2"), to: "events.b")
            try await bus.publish(bytes("3"), to: "events.a", expectedLastSubjectSequence: ack.sequence)
            let error = try await BusError.thrown {
                try await bus.publish(bytes("4"), to: "events.a", expectedLastSubjectSequence: ack.sequence)
            }
            #expect(error.code == .wrongLastSequence)
            #expect(error.serverCode == 10071)
            #expect(!error.isRetriable)
            #expect(try await bus.streamInfo("EVENTS").messages == 3)
            await bus.drain()
        }
    }

    @Test func tenThousandAtOnce() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(events)
            let sequences = try await withThrowingTaskGroup(of: UInt64.self) { group in
                for index in 0..<10_000 {
                    group.addTask { try await bus.publish(bytes("\(index)"), to: "events.\(index % 7)", timeout: .seconds(30)).sequence }
                }
                return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
            }
            #expect(sequences == Set(1...10_000))
            #expect(try await bus.streamInfo("EVENTS").messages == 10_000)
            #expect(bus.metrics.outstanding == 0)
            #expect(bus.metrics.waiting == 0)
            await bus.drain()
        }
    }

    @Test func largerThanTheServerTakes() async throws {
        try await withDeadline {
            let server = try await NATSServer.start(maxPayload: 100_000)
            let bus = try await server.connect()
            try await bus.ensure(events)
            #expect(bus.maximumPayload == 100_000)
            for size in [100_000, 100_001, 1_000_000] {
                let error = try await BusError.thrown { try await bus.publish([UInt8](repeating: 0, count: size), to: "events.a") }
                #expect(error.code == .payloadTooLarge)
                #expect(!error.isRetriable)
            }
            try await bus.publish([UInt8](repeating: 0, count: 99_900), to: "events.a")
            #expect(bus.metrics.reconnects == 0)
            await bus.drain()
        }
    }

    @Test func aFullStreamRefuses() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            var full = events
            full.discard = .new
            full.maximumBytes = 10_000
            try await bus.ensure(full)
            var stored = 0
            let error = try await BusError.thrown {
                while stored < 100 {
                    try await bus.publish([UInt8](repeating: 1, count: 1000), to: "events.a")
                    stored += 1
                }
            }
            #expect(error.code == .streamFull)
            #expect(error.isRetriable)
            #expect(stored > 5)
            #expect(try await bus.streamInfo("EVENTS").messages == UInt64(stored))
            try await bus.purge(stream: "EVENTS", before: 3)
            try await bus.publish([UInt8](repeating: 1, count: 1000), to: "events.a")
            #expect(try await bus.streamInfo("EVENTS").firstSequence == 3)
            await bus.drain()
        }
    }

    @Test func whatCannotBeSent() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            #expect(try await BusError.thrown { try await bus.publish([], to: "nowhere") }.code == .noResponders)
            for subject in ["", "a b", "a..b", ".a", "a.", "a.*", "a.>", "a\r\nb"] {
                #expect(try await BusError.thrown { try await bus.publish([], to: subject) }.code == .invalidArgument)
                #expect(try await BusError.thrown { try bus.send([], to: subject) }.code == .invalidArgument)
            }
            for headers: MessageHeaders in [["a": "b\r\nc"], ["a:b": "c"], ["": "c"], ["a b": "c"]] {
                #expect(try await BusError.thrown { try bus.send([], to: "a", headers: headers) }.code == .invalidArgument)
            }
            #expect(bus.status == .connected)
            await bus.drain()
        }
    }
}

// Streams, consumers and buckets: created, changed, refused.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct EnsureTests {
    @Test func createdByManyAtOnce() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let buses = [try await server.connect(), try await server.connect(), try await server.connect()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for bus in buses {
                    for _ in 0..<5 {
                        group.addTask {
                            for stream in Streams.all { try await bus.ensure(stream) }
                            try await bus.ensure(Streams.events(partition: 0))
                            try await bus.ensure(Consumers.notifier)
                            try await bus.ensure(Buckets.configuration)
                            try await bus.ensure(Buckets.leases)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await buses[0].streamInfo("ARGUS_EVENTS_0").maximumBytes == Streams.defaultEventBytes)
            for bus in buses { await bus.drain() }
        }
    }

    @Test func whatMayBeChangedIsChanged() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            var stream = StreamDefinition(name: "S", subjects: ["a"])
            try await bus.ensure(stream)
            // What we do not define stays.
            let config = try JSONValue(parsing: await bus.request([], to: "$JS.API.STREAM.INFO.S").payload)["config"]
            guard case .object(var members) = config else { return }
            members.append(.init("description", .string("kept")))
            _ = try await bus.request(JSONValue.object(members).bytes, to: "$JS.API.STREAM.UPDATE.S")
            stream.subjects = ["a", "b.>"]
            stream.maximumBytes = 1 << 20
            stream.maximumAge = .seconds(60)
            stream.discard = .new
            try await bus.ensure(stream)
            try await bus.ensure(stream)
            let info = try await bus.streamInfo("S")
            #expect(info.subjects == ["a", "b.>"])
            #expect(info.maximumBytes == 1 << 20)
            #expect(info.maximumAge == .seconds(60))
            let held = try JSONValue(parsing: await bus.request([], to: "$JS.API.STREAM.INFO.S").payload)["config"]
            #expect(held?["description"]?.stringValue == "kept")
            #expect(held?["duplicate_window"]?.integerValue == 60_000_000_000)

            var consumer = ConsumerDefinition(stream: "S", name: "c")
            try await bus.ensure(consumer)
            consumer.acknowledgeWait = .seconds(7)
            consumer.maximumUnacknowledged = nil
            consumer.filterSubject = "a"
            try await bus.ensure(consumer)
            let consumerConfig = try JSONValue(parsing: await bus.request([], to: "$JS.API.CONSUMER.INFO.S.c").payload)["config"]
            #expect(consumerConfig?["ack_wait"]?.integerValue == 7_000_000_000)
            #expect(consumerConfig?["max_ack_pending"]?.integerValue == -1)
            await bus.drain()
        }
    }

    @Test func whatMayNotIsNamed() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            var stream = StreamDefinition(name: "S", subjects: ["a"])
            try await bus.ensure(stream)
            stream.storage = .memory
            var error = try await BusError.thrown { try await bus.ensure(stream) }
            #expect(error.code == .incompatible)
            for part in ["storage", "\"memory\"", "\"file\"", "S"] { #expect(error.message.contains(part), "\(error)") }

            stream.storage = .file
            stream.retention = .workqueue
            error = try await BusError.thrown { try await bus.ensure(stream) }
            #expect(error.code == .incompatible)
            #expect(error.message.contains("retention"))

            // Subjects of another stream: only the server can tell.
            try await bus.ensure(StreamDefinition(name: "T", subjects: ["t"]))
            error = try await BusError.thrown { try await bus.ensure(StreamDefinition(name: "T", subjects: ["a", "t"])) }
            #expect(error.code == .incompatible)
            #expect(error.message.contains("subjects"))
            #expect(try await BusError.thrown { try await bus.ensure(ConsumerDefinition(stream: "NONE", name: "c")) }.code == .notFound)
            await bus.drain()
        }
    }
}

// Core NATS: requests, replies, slow readers, the end of a bus.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct SubscriptionTests {
    @Test func requestsAreAnswered() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let (asking, answering) = (try await server.connect(), try await server.connect())
            #expect(try await BusError.thrown { _ = try await asking.request([], to: "echo") }.code == .noResponders)
            let subscription = answering.subscribe(to: "echo", queue: "q", capacity: 100)
            let serving = Task {
                for await message in subscription {
                    guard let reply = message.reply else { continue }
                    try answering.send(message.payload, to: reply, headers: ["X-Seen": message.headers["X-Ask"] ?? "nothing"])
                }
            }
            try await answering.flush()
            let answer = try await asking.request(bytes("hello"), to: "echo", headers: ["X-Ask": "a ü"])
            #expect(answer.payload == bytes("hello"))
            #expect(answer.headers["X-Seen"] == "a ü")
            subscription.unsubscribe()
            try await serving.value
            try await eventually("the subscription is gone") {
                do {
                    _ = try await asking.request([], to: "echo", timeout: .milliseconds(200))
                    return false
                } catch { return (error as? BusError)?.code == .noResponders }
            }
            await asking.drain()
            await answering.drain()
        }
    }

    @Test func aSubscriptionSurvivesARestart() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            var messages = bus.subscribe(to: "a.*", capacity: 10).makeAsyncIterator()
            try bus.send(bytes("1"), to: "a.b")
            #expect(await messages.next()?.payload == bytes("1"))
            try await server.restart()
            try await eventually("connected again") { bus.metrics.reconnects == 1 && bus.status == .connected }
            try bus.send(bytes("2"), to: "a.b")
            #expect(await messages.next()?.payload == bytes("2"))
            await bus.drain()
            #expect(await messages.next() == nil)
        }
    }

    @Test func aSlowReaderLosesAndIsTold() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            let subscription = bus.subscribe(to: "flood", capacity: 10)
            for index in 0..<1000 { try bus.send(bytes("\(index)"), to: "flood") }
            try await eventually("the rest is dropped") { subscription.dropped == 990 }
            #expect(bus.metrics.dropped == 990)
            var messages = subscription.makeAsyncIterator()
            for index in 0..<10 { #expect(await messages.next()?.payload == bytes("\(index)")) }
            #expect(bus.status == .connected)
            await bus.drain()
        }
    }

    @Test func drainingAnswersWhatIsOutstanding() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(StreamDefinition(name: "S", subjects: ["s"]))
            let consumer = try await bus.replay(stream: "S", from: 1)
            let publishes = (0..<200).map { index in Task { try await bus.publish(bytes("\(index)"), to: "s") } }
            try await eventually("some are on their way") { bus.metrics.answered > 3 }
            await bus.drain()
            var closed = 0
            for publish in publishes {
                do {
                    _ = try await publish.value
                } catch {
                    #expect((error as? BusError)?.code == .closed)
                    closed += 1
                }
            }
            #expect(bus.status == .closed)
            #expect(try await BusError.thrown { try await bus.publish([], to: "s") }.code == .closed)
            #expect(try await BusError.thrown { try bus.send([], to: "s") }.code == .closed)
            #expect(try await BusError.thrown { _ = try await bus.request([], to: "s") }.code == .closed)
            #expect(try await BusError.thrown { while true { _ = try await consumer.next(max: 1000, wait: .seconds(1)) } }.code == .closed)
            await bus.drain()
            let after = try await server.connect()
            #expect(try await after.streamInfo("S").messages == UInt64(200 - closed))
            await after.drain()
        }
    }

    @Test func aBusThatIsDroppedCloses() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            var updates = try await server.connect().statusUpdates().makeAsyncIterator()
            while let status = await updates.next() { #expect(status == .connected || status == .closed) }
        }
    }
}

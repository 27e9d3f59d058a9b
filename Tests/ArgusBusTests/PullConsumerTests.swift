// Durable consumers: acknowledgements of every kind, restarts, deletion, latency.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct PullConsumerTests {
    private let work = StreamDefinition(name: "WORK", subjects: ["work.*"])

    private actor Seen {
        var names: [String] = []

        func add(_ name: String) { names.append(name) }
    }

    private func definition(_ wait: Duration = .seconds(30)) -> ConsumerDefinition {
        var definition = ConsumerDefinition(stream: "WORK", name: "worker")
        definition.acknowledgeWait = wait
        return definition
    }

    private func one(_ consumer: PullConsumer) async throws -> BusMessage {
        let messages = try await consumer.next(max: 1, wait: .seconds(10))
        return try #require(messages.first)
    }

    @Test func everyKindOfAnswer() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(work)
            let consumer = try await bus.consume(definition(.seconds(2)), prefetch: 1)
            try await bus.publish(bytes("1"), to: "work.a")

            var message = try await one(consumer)
            #expect(message.metadata?.deliveryCount == 1)
            try consumer.negativeAcknowledge(message)
            message = try await one(consumer)
            #expect(message.metadata?.deliveryCount == 2)

            let asked = ContinuousClock.now
            try consumer.negativeAcknowledge(message, delay: .milliseconds(300))
            message = try await one(consumer)
            #expect(message.metadata?.deliveryCount == 3)
            #expect(ContinuousClock.now - asked >= .milliseconds(290))

            // Progress is told for longer than the acknowledgement wait: it does not come again meanwhile.
            for _ in 0..<12 {
                try consumer.inProgress(message)
                #expect(try await consumer.next(max: 1, wait: .milliseconds(250)).isEmpty)
            }
            message = try await one(consumer)
            #expect(message.metadata?.deliveryCount == 4, "unanswered, it comes again")
            try consumer.terminate(message, reason: "bad")
            try await bus.publish(bytes("2"), to: "work.a")
            message = try await one(consumer)
            #expect(message.payload == bytes("2"))
            try await consumer.acknowledgeAndConfirm(message)
            let info = try await bus.consumerInfo(stream: "WORK", name: "worker")
            #expect(info.unacknowledged == 0)
            #expect(info.pending == 0)
            #expect(info.acknowledgedFloor == 2)
            await bus.drain()
        }
    }

    @Test func goesOnAfterARestart() async throws {
        try await withDeadline {
            let server = try await NATSServer.start(syncAlways: true)
            let bus = try await server.connect()
            try await bus.ensure(work)
            let consumer = try await bus.consume(definition())
            for index in 1...10 { try await bus.publish(bytes("\(index)"), to: "work.a") }
            for index in 1...10 {
                let message = try await one(consumer)
                #expect(message.payload == bytes("\(index)"))
                try await consumer.acknowledgeAndConfirm(message)
            }
            server.kill()
            try await server.restart()
            let restarted = ContinuousClock.now
            try await bus.publish(bytes("11"), to: "work.a", messageID: "11")
            // A killed server may have forgotten the newest acknowledgements: those messages come again first.
            var message = try await one(consumer)
            while message.payload != bytes("11") {
                try consumer.acknowledge(message)
                message = try await one(consumer)
            }
            #expect(ContinuousClock.now - restarted < .seconds(15), "neither a request nor a message waited for its time to be over")
            await bus.drain()
        }
    }

    @Test func aDeletedConsumerIsTold() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(work)
            let consumer = try await bus.consume(definition())
            async let waiting = BusError.thrown { _ = try await consumer.next(max: 1, wait: .seconds(30)) }
            try await eventually("it waits") { try await bus.consumerInfo(stream: "WORK", name: "worker").waiting > 0 }
            try await bus.deleteConsumer(stream: "WORK", name: "worker")
            #expect(try await waiting.code == .notFound)
            let replay = try await bus.replay(stream: "WORK", from: 1)
            try await bus.deleteStream("WORK")
            #expect(try await BusError.thrown { while true { _ = try await replay.next(max: 1, wait: .seconds(10)) } }.code == .notFound)
            await bus.drain()
        }
    }

    @Test func aDeletedOrderedConsumerIsMadeAnew() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(work)
            let replay = try await bus.replay(stream: "WORK", subject: "work.a", from: 1)
            try await bus.publish(bytes("1"), to: "work.a")
            #expect(try await replay.next(max: 1, wait: .seconds(10)).first?.payload == bytes("1"))
            let names = try await bus.request([], to: "$JS.API.CONSUMER.NAMES.WORK").payload
            let name = try #require(try JSONValue(parsing: names)["consumers"]?[0]?.stringValue)
            try await bus.deleteConsumer(stream: "WORK", name: name)
            try await bus.publish(bytes("2"), to: "work.b")
            try await bus.publish(bytes("3"), to: "work.a")
            #expect(try await replay.next(max: 1, wait: .seconds(10)).first?.payload == bytes("3"))
            #expect(replay.recoveries > 0)
            await bus.drain()
        }
    }

    @Test func moreThanTheBoundsComesThrough() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let bus = try await server.connect { $0.pendingBytes = 1 << 20 }
            try await bus.ensure(work)
            // Each message is almost as large as the server takes, and many are larger than what may be pending at once.
            for index in 0..<12 { try await bus.publish([UInt8](repeating: UInt8(index), count: 5 << 20), to: "work.a") }
            let consumer = try await bus.consume(definition(), prefetch: 7)
            for index in 0..<12 {
                let message = try await one(consumer)
                #expect(message.payload.count == 5 << 20)
                #expect(message.payload.first == UInt8(index))
                try consumer.acknowledge(message)
            }
            let replay = try await bus.replay(stream: "WORK", from: 1, prefetch: 1)
            var sizes: [Int] = []
            while sizes.count < 12 {
                let messages = try await replay.next(max: 100, wait: .seconds(5), maxBytes: 1)
                #expect(messages.count == 1)
                sizes += messages.map(\.payload.count)
            }
            await bus.drain()
        }
    }

    @Test func aConsumerHoldsNoMoreBytesThanItIsAllowed() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start(maxPayload: 1 << 20)
            let bus = try await server.connect()
            try await bus.ensure(work)
            for index in 0..<40 { try await bus.publish([UInt8](repeating: UInt8(index), count: 200_000), to: "work.a") }
            let consumer = try await bus.consume(definition(), prefetch: 100, prefetchBytes: 3 << 20)
            // What the server has delivered is what is here; two requests for the largest message fit.
            try await eventually("two requests are used up") {
                try await bus.consumerInfo(stream: "WORK", name: definition().name).unacknowledged >= 10
            }
            let held = try await bus.consumerInfo(stream: "WORK", name: definition().name).unacknowledged
            #expect(held * 200_000 <= 3 << 20)
            var count = 0
            while count < 40 {
                let messages = try await consumer.next(max: 100, wait: .seconds(5), maxBytes: 450_000)
                #expect((1...2).contains(messages.count))
                for message in messages {
                    #expect(message.payload.first == UInt8(count))
                    count += 1
                    try consumer.acknowledge(message)
                }
            }
            await bus.drain()
        }
    }

    @Test func whatWaitsToBeTakenCanBeKept() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(work)
            try await bus.publish(bytes("1"), to: "work.a")
            try await bus.publish(bytes("2"), to: "work.a")
            let consumer = try await bus.consume(definition(.seconds(1)), prefetch: 10)
            let first = try await one(consumer)
            for _ in 0..<8 {
                try await Task.sleep(for: .milliseconds(250))
                try consumer.inProgress(first)
                try consumer.keepWaiting()
            }
            let second = try await one(consumer)
            #expect(second.payload == bytes("2"))
            #expect(second.metadata?.deliveryCount == 1)
            try consumer.acknowledge(first)
            try consumer.acknowledge(second)
            #expect(try await consumer.next(max: 10, wait: .milliseconds(1500)).isEmpty)
            await bus.drain()
        }
    }

    @Test func sharedByTwoInstancesNothingIsLostOrDoubled() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let buses = [try await server.connect(), try await server.connect()]
            try await buses[0].ensure(work)
            let seen = Seen()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for bus in buses {
                    let consumer = try await bus.consume(definition(), prefetch: 50)
                    group.addTask {
                        while await seen.names.count < 500 {
                            for message in try await consumer.next(max: 20, wait: .milliseconds(50)) {
                                await seen.add(text(message.payload))
                                try consumer.acknowledge(message)
                            }
                        }
                    }
                }
                for index in 0..<500 { try await buses[index % 2].publish(bytes("\(index)"), to: "work.a") }
                try await group.waitForAll()
            }
            #expect(await seen.names.sorted() == (0..<500).map { "\($0)" }.sorted())
            for bus in buses { await bus.drain() }
        }
    }
}

// Ordered replay: order, gaps, restarts, purges.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct ReplayTests {
    private let log = StreamDefinition(name: "LOG", subjects: ["log.*"])

    private func take(_ consumer: OrderedConsumer, _ count: Int) async throws -> [UInt64] {
        var sequences: [UInt64] = []
        while sequences.count < count {
            sequences += try await consumer.next(max: 100, wait: .seconds(1)).compactMap(\.metadata?.streamSequence)
        }
        return sequences
    }

    @Test func fromASequenceOnAndThenLive() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(log)
            for index in 1...300 { try await bus.publish(bytes("\(index)"), to: "log.a") }
            let consumer = try await bus.replay(stream: "LOG", from: 100, prefetch: 64)
            #expect(consumer.initiallyPending == 201)
            #expect(try await take(consumer, 201) == Array(100...300))
            #expect(try await consumer.next(max: 10, wait: .milliseconds(20)).isEmpty)
            try await bus.publish(bytes("301"), to: "log.b")
            #expect(try await take(consumer, 1) == [301])
            await consumer.close()
            #expect(try await BusError.thrown { _ = try await consumer.next(max: 1, wait: .seconds(1)) }.code == .closed)
            #expect(try await bus.streamInfo("LOG").consumers == 0)
            await bus.drain()
        }
    }

    @Test func acrossARestartedServerAndAPurge() async throws {
        try await withDeadline {
            let server = try await NATSServer.start(syncAlways: true)
            let bus = try await server.connect()
            try await bus.ensure(log)
            for index in 1...50 { try await bus.publish(bytes("\(index)"), to: "log.a") }
            let consumer = try await bus.replay(stream: "LOG", from: 1)
            #expect(try await take(consumer, 50) == Array(1...50))
            server.kill()
            try await server.restart()
            for index in 51...80 { try await bus.publish(bytes("\(index)"), to: "log.a", messageID: "\(index)") }
            #expect(try await take(consumer, 30) == Array(51...80))
            try await bus.purge(stream: "LOG")
            try await bus.publish(bytes("81"), to: "log.a")
            #expect(try await take(consumer, 1) == [81])
            await bus.drain()
        }
    }
}

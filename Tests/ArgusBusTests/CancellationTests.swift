// Cancellation in every state ends the call at once and leaves nothing behind.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct CancellationTests {
    /// Starts `body`, lets it get into its state, cancels it, and expects it to end with `.cancelled`.
    private func cancels(_ state: () -> Bool = { true }, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await BusError.thrown(body) }
        try await eventually("the state is reached") { state() }
        task.cancel()
        let error = try await withDeadline(.seconds(2), "a cancelled call") { try await task.value }
        #expect(error.code == .cancelled)
    }

    @Test func beforeItBegins() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(StreamDefinition(name: "S", subjects: ["s"]))
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await BusError.thrown { try await bus.publish([], to: "s") }
            }
            task.cancel()
            #expect(try await task.value.code == .cancelled)
            #expect(bus.metrics.outstanding == 0)
            await bus.drain()
        }
    }

    @Test func outstandingAndWaitingForASlot() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect { $0.maximumOutstandingPublishes = 1 }
            let silent = bus.subscribe(to: "silent", capacity: 10)
            try await bus.flush()
            let outstanding = Task { try await BusError.thrown { _ = try await bus.request([], to: "silent", timeout: .seconds(60)) } }
            var requests = silent.makeAsyncIterator()
            let reply = try #require(await requests.next()?.reply)
            #expect(bus.metrics.outstanding == 1)
            try await cancels({ bus.metrics.waiting == 1 }) { try await bus.publish([], to: "silent", timeout: .seconds(60)) }
            #expect(bus.metrics.waiting == 0)
            outstanding.cancel()
            #expect(try await outstanding.value.code == .cancelled)
            #expect(bus.metrics.outstanding == 0)
            // The slot is free again, and the late answer to the cancelled request disturbs nobody.
            async let next = bus.request(bytes("2"), to: "silent")
            let second = try #require(await requests.next()?.reply)
            try bus.send(bytes("late"), to: reply)
            try bus.send(bytes("right"), to: second)
            #expect(try await next.payload == bytes("right"))
            await bus.drain()
        }
    }

    @Test func whileDisconnectedAndConnecting() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            server.kill()
            try await eventually("the loss is noticed") { bus.status == .reconnecting }
            try await cancels({ bus.metrics.outstanding == 1 }) { try await bus.publish([], to: "s", timeout: .seconds(60)) }
            #expect(bus.metrics.outstanding == 0)
            let url = server.url
            try await cancels {
                _ = try await Bus.connect(BusConfiguration(servers: [url], name: "test"), logger: quiet)
            }
            await bus.drain()
        }
    }

    @Test func whileWaitingForMessages() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(StreamDefinition(name: "S", subjects: ["s"]))
            let definition = BucketDefinition(name: "kv")
            try await bus.ensure(definition)
            let pull = try await bus.consume(ConsumerDefinition(stream: "S", name: "c"))
            let ordered = try await bus.replay(stream: "S", from: 1)
            try await cancels { _ = try await pull.next(max: 1, wait: .seconds(60)) }
            try await cancels { _ = try await ordered.next(max: 1, wait: .seconds(60)) }
            try await cancels { for try await _ in bus.keyValue(definition).watch() {} }
            // A cancelled wait takes no message with it.
            try await bus.publish(bytes("1"), to: "s")
            #expect(try await pull.next(max: 1, wait: .seconds(5)).count == 1)
            #expect(try await ordered.next(max: 1, wait: .seconds(5)).count == 1)
            try await eventually("the watch's consumer is gone") { try await bus.streamInfo("KV_kv").consumers == 0 }
            await bus.drain()
        }
    }
}

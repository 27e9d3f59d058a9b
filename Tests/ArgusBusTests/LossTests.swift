// The server dies, hangs or comes back while we publish.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@Suite struct LossTests {
    private let events = StreamDefinition(name: "EVENTS", subjects: ["events.>"])

    /// What became of each publish.
    private actor Results {
        var acknowledged: [String: UInt64] = [:]
        var failed: [String: BusError] = [:]
        var isDone = false

        func add(_ name: String, _ ack: PublishAck) { acknowledged[name] = ack.sequence }
        func add(_ name: String, _ error: BusError) { failed[name] = error }
        func finish() { isDone = true }
    }

    private func publish(_ bus: Bus, writers: Int, withIDs: Bool, into results: Results) async {
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var index = 0
                    while await !results.isDone {
                        let name = "\(writer)-\(index)"
                        index += 1
                        do {
                            let ack = try await bus.publish(
                                bytes(name), to: "events.\(writer % 4)", messageID: withIDs ? name : nil, timeout: .seconds(10))
                            await results.add(name, ack)
                        } catch let error as BusError {
                            await results.add(name, error)
                        } catch {}
                    }
                }
            }
        }
    }

    private func contents(_ bus: Bus) async throws -> [(name: String, sequence: UInt64)] {
        let total = try await bus.streamInfo("EVENTS").messages
        let consumer = try await bus.replay(stream: "EVENTS", from: 1)
        var found: [(String, UInt64)] = []
        while found.count < Int(total) {
            let messages = try await consumer.next(max: 1000, wait: .seconds(5))
            guard !messages.isEmpty else { break }
            found += messages.map { (text($0.payload), $0.metadata?.streamSequence ?? 0) }
        }
        await consumer.close()
        return found
    }

    @Test(arguments: [true, false])
    func killedWhilePublishing(withIDs: Bool) async throws {
        try await withDeadline(.seconds(90)) {
            let server = try await NATSServer.start(syncAlways: true)
            let bus = try await server.connect { $0.maximumOutstandingPublishes = 100 }
            try await bus.ensure(events)
            let results = Results()
            async let writing: Void = publish(bus, writers: 200, withIDs: withIDs, into: results)
            for round in 1...3 {
                let before = await results.acknowledged.count
                try await eventually("publishing goes on", within: .seconds(20)) {
                    await results.acknowledged.count > before + 500
                }
                server.kill()
                try await server.restart()
                try await eventually("connected again") { bus.metrics.reconnects == UInt64(round) && bus.status == .connected }
            }
            await results.finish()
            await writing

            let (acknowledged, failed) = await (results.acknowledged, results.failed)
            let found = try await contents(bus)
            let byName = Dictionary(grouping: found, by: \.name)
            #expect(byName.allSatisfy { $0.value.count == 1 }, "nothing is stored twice")
            #expect(acknowledged.allSatisfy { byName[$0.key]?.first?.sequence == $0.value }, "what was acknowledged is there")
            #expect(Set(acknowledged.keys).isDisjoint(with: failed.keys))
            if withIDs {
                #expect(failed.isEmpty, "\(failed.first.map { "\($0)" } ?? "")")
                #expect(found.count == acknowledged.count)
            } else {
                #expect(failed.values.allSatisfy { $0.code == .timeout || $0.code == .server }, "\(failed.first.map { "\($0)" } ?? "")")
            }
            #expect(bus.metrics.outstanding == 0)
            await bus.drain()
        }
    }

    @Test func nothingIsSentWithoutAServer() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            try await bus.ensure(events)
            server.kill()
            try await eventually("the loss is noticed") { bus.status == .reconnecting }
            let error = try await BusError.thrown { try await bus.publish(bytes("a"), to: "events.a", timeout: .milliseconds(200)) }
            #expect(error.code == .disconnected)
            #expect(error.isRetriable)
            #expect(try await BusError.thrown { try bus.send([], to: "a") }.code == .disconnected)
            async let waiting = bus.publish(bytes("b"), to: "events.a", timeout: .seconds(20))
            try await server.restart()
            #expect(try await waiting.sequence == 1)
            await bus.drain()
        }
    }

    @Test func aServerThatHangs() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let bus = try await server.connect { $0.writeTimeout = .seconds(1) }
            try await bus.ensure(events)
            server.kill(signal: 19 /* SIGSTOP */)
            // More than the sockets' buffers hold: the writer blocks, nobody else does.
            let codes = await withTaskGroup(of: BusError.Code?.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        do {
                            try await bus.publish(
                                [UInt8](repeating: 1, count: 1 << 20), to: "events.a", messageID: "\(index)", timeout: .milliseconds(500))
                            return nil
                        } catch {
                            return (error as? BusError)?.code
                        }
                    }
                }
                return await group.reduce(into: [BusError.Code?]()) { $0.append($1) }
            }
            #expect(codes.allSatisfy { $0 == .timeout || $0 == .disconnected }, "\(codes)")
            server.kill(signal: 18 /* SIGCONT */)
            let ack = try await bus.publish(bytes("after"), to: "events.a", messageID: "after", timeout: .seconds(20))
            #expect(ack.sequence > 0)
            await bus.drain()
        }
    }

    @Test func statusIsTold() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let bus = try await server.connect()
            var updates = bus.statusUpdates().makeAsyncIterator()
            #expect(await updates.next() == .connected)
            server.kill()
            #expect(await updates.next() == .reconnecting)
            try await server.restart()
            #expect(await updates.next() == .connected)
            #expect(bus.metrics.reconnects == 1)
            await bus.drain()
            #expect(await updates.next() == .closed)
            #expect(await updates.next() == nil)
        }
    }
}

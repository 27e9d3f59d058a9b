// An observer with a real bus.

import ArgusBus
import ArgusObserver
import ArgusShared
import Glibc
import Logging
import TestSupport
import Testing

struct ObserverTests {
    private static let logger = Logger(label: "observer-tests") { _ in SwiftLogNoOpLogHandler() }

    private static func connect(_ server: NATSServer) async throws -> Bus {
        try await Bus.connect(BusConfiguration(servers: [server.url], name: "observer-tests"), logger: logger)
    }

    private static func event(_ number: Int, run: String = "r") -> Event {
        Event(.runStarted).withClient("c").withWorkflow("w").withRun(run).withID("\(run)-\(number)")
    }

    /// All events of the stream, in order.
    private static func read(_ bus: Bus, stream: String = "OBSERVATION") async throws -> [(subject: String, event: ObservationEvent)] {
        let last = try await bus.streamInfo(stream).lastSequence
        let reader = try await bus.replay(stream: stream, from: 1)
        var events: [(String, ObservationEvent)] = []
        while UInt64(events.count) < last {
            for message in try await reader.next(max: 1000, wait: .seconds(5)) {
                events.append((message.subject, try ObservationEvent(parsing: message.payload)))
            }
        }
        await reader.close()
        return events
    }

    @Test("Events arrive once, on the subjects of their types, in a stream made as documented")
    func arrives() async throws {
        let server = try await NATSServer.start()
        let bus = try await Self.connect(server)
        let observer = Observer(connection: bus, logger: Self.logger)
        for type in EventType.allCases {
            try await observer.emit(Event(type).withClient("c").withWorkflow("w").withRun("r").withNode("n"))
        }
        try await observer.emit(Self.event(1))
        try await observer.emit(Self.event(1))
        let report = await observer.close()
        #expect(report.unsent.isEmpty)
        #expect(report.statistics.published == 8 && report.statistics.emitted == 8 && report.statistics.buffered == 0)
        let events = try await Self.read(bus)
        #expect(Set(events.map(\.subject)) == Set(EventType.allCases.map(\.subject)))
        #expect(events.count == 7)
        let info = try await bus.streamInfo("OBSERVATION")
        #expect(info.subjects == ["OBSERVE.>"] && info.maximumAge == .seconds(30 * 86_400))
        await bus.drain()
        await server.stop()
    }

    @Test("A stream that somebody set up otherwise is used as it is")
    func foreignStream() async throws {
        let server = try await NATSServer.start()
        let bus = try await Self.connect(server)
        try await bus.ensure(Streams.observation(name: "MINE", maximumAge: .seconds(60), maximumMessages: 10))
        let observer = Observer(connection: bus, options: ObserverOptions().withStreamName("MINE"), logger: Self.logger)
        try await observer.emit(Self.event(1))
        await observer.close()
        #expect(try await bus.streamInfo("MINE").maximumAge == .seconds(60))
        #expect(try await Self.read(bus, stream: "MINE").count == 1)
        await bus.drain()
        await server.stop()
    }

    @Test("A full buffer refuses at once, and waiting for space is possible instead")
    func full() async throws {
        let server = try await NATSServer.start()
        let bus = try await Self.connect(server)
        let dropping = Observer(connection: bus, options: ObserverOptions().withBufferSize(10), logger: Self.logger)
        let waiting = Observer(
            connection: bus, options: ObserverOptions().withBufferSize(10).withDropOnFull(false), logger: Self.logger)
        server.kill(signal: SIGSTOP)
        for number in 0..<10 {
            try await dropping.emit(Self.event(number, run: "dropping"))
            try await waiting.emit(Self.event(number, run: "waiting"))
        }
        let refused = await #expect(throws: ObserverError.self) { try await dropping.emit(Self.event(10)) }
        #expect(refused?.code == .bufferFull && dropping.statistics.dropped == 1)
        let cancelled = Task { try await waiting.emit(Self.event(98, run: "waiting")) }
        cancelled.cancel()
        let error = await #expect(throws: ObserverError.self) { try await cancelled.value }
        #expect(error?.code == .cancelled)
        let eleventh = Task { try await waiting.emit(Self.event(10, run: "waiting")) }
        server.kill(signal: SIGCONT)
        try await eleventh.value
        #expect(await waiting.close().unsent.isEmpty)
        #expect(await dropping.close().unsent.isEmpty)
        let events = try await Self.read(bus)
        #expect(events.filter { $0.event.runID == "waiting" }.map(\.event.id) == (0...10).map { "waiting-\($0)" })
        let closed = #expect(throws: ObserverError.self) { try { try dropping.emit(Self.event(1)) }() }
        #expect(closed?.code == .observerClosed)
        await bus.drain()
        await server.stop()
    }

    @Test("Nothing in the buffer is lost or doubled when the server dies, and each run keeps its order")
    func restart() async throws {
        let server = try await NATSServer.start(syncAlways: true)
        let bus = try await Self.connect(server)
        let observer = Observer(
            connection: bus, options: ObserverOptions().withBufferSize(5000).withDropOnFull(false), logger: Self.logger)
        let emitting = Task {
            for number in 0..<400 {
                for run in 0..<10 { try await observer.emit(Self.event(number, run: "run-\(run)")) }
                if number.isMultiple(of: 20) { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
        try await eventually("published") { observer.statistics.published > 200 }
        server.kill()
        try await server.restart()
        try await emitting.value
        #expect(await observer.close(timeout: .seconds(60)).unsent.isEmpty)
        let events = try await Self.read(bus)
        for run in 0..<10 {
            #expect(events.filter { $0.event.runID == "run-\(run)" }.map(\.event.id) == (0..<400).map { "run-\(run)-\($0)" })
        }
        await bus.drain()
        await server.stop()
    }

    @Test("Closing while the bus is away reports what could not be sent, in order")
    func closing() async throws {
        let server = try await NATSServer.start()
        let bus = try await Self.connect(server)
        let observer = Observer(connection: bus, logger: Self.logger)
        try await observer.emit(Self.event(0))
        try await eventually("published") { observer.statistics.published == 1 }
        server.kill()
        for number in 1...5 { try await observer.emit(Self.event(number)) }
        let report = await observer.close(timeout: .milliseconds(200))
        #expect(report.unsent.map(\.observation.id) == (1...5).map { "r-\($0)" })
        #expect(await observer.close().unsent.count == 5)
        await bus.drain(timeout: .milliseconds(100))
    }

    @Test("A run and its plugins are reported around their bodies")
    func scopes() async throws {
        struct Refused: Error {}
        let server = try await NATSServer.start()
        let bus = try await Self.connect(server)
        let observer = Observer(connection: bus, logger: Self.logger)
        let result = await observer.withRun(client: "c", workflow: "w", run: "good") { run in
            await run.withPlugin(node: "one", type: "http") { 42 }
        }
        #expect(result == 42)
        await #expect(throws: Refused.self) {
            try await observer.withRun(client: "c", workflow: "w", run: "bad", trigger: .init(.manual, source: "eve")) { run in
                await run.withPlugin(node: "one") {}
                try await run.withPlugin(node: "two", attempt: 1) { throw Refused() }
            }
        }
        await observer.close()
        let events = try await Self.read(bus).map(\.event)
        #expect(events.filter { $0.runID == "good" }.map(\.type) == [.runStarted, .pluginStarted, .pluginEnded, .runEnded])
        let last = try #require(events.last { $0.runID == "bad" }?.data)
        let end = try last.value()
        #expect(end["status"]?.stringValue == "failed" && end["error"]?.stringValue == "Refused()")
        #expect(end["total_nodes"]?.integerValue == 2 && end["failed_nodes"]?[0]?.stringValue == "two")
        await bus.drain()
        await server.stop()
    }
}

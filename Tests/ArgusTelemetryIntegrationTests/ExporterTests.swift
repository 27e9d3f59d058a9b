// The exporter with a real server: batches, an absent bus, the end of the service.

import ArgusBus
import ArgusOTLP
import ArgusShared
import ArgusTelemetry
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import Tracing

@Suite struct ExporterTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// An exporter that runs, and the stream it fills.
    private struct Running {
        let server: NATSServer
        let bus: Bus
        let exporter: TelemetryExporter
        let group: ServiceGroup
        let task: Task<Void, any Error>

        init(_ change: (inout TelemetryOptions) -> Void = { _ in }) async throws {
            server = try await NATSServer.start()
            bus = try await Bus.connect(BusConfiguration(servers: [server.url], name: "telemetry"), logger: quiet)
            try await TelemetrySetup.ensure(on: bus)
            var options = TelemetryOptions()
            options.interval = .milliseconds(50)
            change(&options)
            exporter = TelemetryExporter(bus: bus, resource: .service(name: "orders"), options: options, logger: quiet)
            let group = ServiceGroup(configuration: .init(services: [exporter], logger: quiet))
            self.group = group
            task = Task { try await group.run() }
        }

        func end() async throws {
            await group.triggerGracefulShutdown()
            try await task.value
        }

        func messages() async throws -> [BusMessage] {
            let info = try await bus.streamInfo(Streams.telemetry().name)
            var messages: [BusMessage] = []
            for sequence in info.firstSequence..<(info.lastSequence + 1) {
                if let message = try await bus.message(stream: Streams.telemetry().name, sequence: sequence) { messages.append(message) }
            }
            return messages
        }

        func spans() async throws -> [OTLPSpan] {
            try await messages().filter { $0.subject == Subjects.otlpTraces }.flatMap { message in
                try message.payload.withUnsafeBytes { try OTLPTraces.groups(in: $0) }.flatMap(\.scopes).flatMap(\.items)
            }
        }

        func logs() async throws -> [OTLPLogRecord] {
            try await messages().filter { $0.subject == Subjects.otlpLogs }.flatMap { message in
                try message.payload.withUnsafeBytes { try OTLPLogs.groups(in: $0) }.flatMap(\.scopes).flatMap(\.items)
            }
        }
    }

    @Test func spansAndLogsArriveTogether() async throws {
        try await withDeadline {
            let running = try await Running()
            let local = CollectedLog()
            var base = Logger(label: "orders") { _ in CollectingLogHandler(log: local) }
            base[metadataKey: "service"] = "order"
            let logger = running.exporter.logger(alongside: base)
            logger.debug("below the level of both")
            running.exporter.tracer.withSpan("order", ofKind: .server) { _ in
                running.exporter.tracer.withSpan("payment", ofKind: .client) { _ in logger.error("declined") }
            }
            #expect(await running.exporter.flush())
            let spans = try await running.spans()
            let logs = try await running.logs()
            #expect(spans.map(\.name) == ["payment", "order"])
            #expect(spans.first?.parentSpanID == spans.last?.spanID)
            #expect(logs.map(\.spanID) == [spans.first?.spanID])
            #expect(logs.first?.attributes.first == Attribute("service", "order"))
            #expect(local.all == ["declined"])
            #expect(running.exporter.metrics.exportedSpans == 2)
            #expect(running.exporter.metrics.exportedLogs == 1)
            try await running.end()
            await running.bus.drain()
        }
    }

    @Test func aFullBatchDoesNotWaitForTheInterval() async throws {
        try await withDeadline {
            let running = try await Running {
                $0.interval = .seconds(3600)
                $0.batchSize = 10
            }
            try await Self.untilItRuns(running)
            for index in 0..<25 { running.exporter.tracer.startSpan("\(index)").end() }
            try await eventually("two batches are exported") { running.exporter.metrics.exportedSpans >= 20 }
            try await running.end()
            #expect(try await running.spans().map(\.name) == (0..<26).map { $0 == 0 ? "first" : "\($0 - 1)" })
            #expect(running.exporter.metrics.droppedSpans == 0)
            await running.bus.drain()
        }
    }

    /// One span through, so that the exporter is known to listen.
    private static func untilItRuns(_ running: Running) async throws {
        running.exporter.tracer.startSpan("first").end()
        #expect(await running.exporter.flush())
    }

    @Test func whatWaitsIsSentWhenTheBusIsBack() async throws {
        try await withDeadline {
            let running = try await Running { $0.bufferSize = 50 }
            try await Self.untilItRuns(running)
            running.server.kill()
            for index in 0..<80 { running.exporter.tracer.startSpan("\(index)").end() }
            #expect(running.exporter.metrics.droppedSpans == 30)
            #expect(running.exporter.metrics.bufferedSpans == 50)
            try await running.server.restart()
            #expect(await running.exporter.flush(timeout: .seconds(30)))
            #expect(try await running.spans().map(\.name) == ["first"] + (0..<50).map(String.init))
            #expect(running.exporter.metrics.exportedSpans == 51)
            try await running.end()
            await running.bus.drain()
        }
    }

    @Test func theEndSendsWhatIsLeft() async throws {
        try await withDeadline {
            let running = try await Running { $0.interval = .seconds(3600) }
            try await Self.untilItRuns(running)
            for index in 0..<2000 { running.exporter.tracer.startSpan("\(index)").end() }
            try await running.end()
            #expect(running.exporter.metrics.exportedSpans == 2001)
            running.exporter.tracer.startSpan("too late").end()
            #expect(running.exporter.metrics.droppedSpans == 1)
            await running.bus.drain()
        }
    }

    @Test func theEndIsBoundedWithoutABus() async throws {
        try await withDeadline {
            let running = try await Running { $0.shutdownTimeout = .milliseconds(300) }
            try await Self.untilItRuns(running)
            running.server.kill()
            for index in 0..<10 { running.exporter.tracer.startSpan("\(index)").end() }
            let start = ContinuousClock.now
            try await running.end()
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(running.exporter.metrics.droppedSpans == 10)
            #expect(running.exporter.metrics.bufferedSpans == 0)
            await running.server.stop()
        }
    }
}

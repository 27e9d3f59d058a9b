// The doors over a real nats-server.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TestSupport

@testable import OTLPCollector

/// Doors that listen, and what is behind them.
struct ReceiverFixture: Sendable {
    let server: NATSServer
    let bus: Bus
    let receivers: Receivers
    let registry: MetricsRegistry
    let grpcPort: Int
    let httpPort: Int

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs the doors while `body` does its work.
    static func run(
        _ settings: ReceiverSettings = ReceiverSettings(), tokens: [TokenCredential] = [], streamBytes: Int64 = 1 << 30,
        _ body: @escaping @Sendable (ReceiverFixture) async throws -> Void
    ) async throws {
        let server = try await NATSServer.start(syncAlways: true)
        let bus = try await Bus.connect(BusConfiguration(servers: [server.url], name: "receiver-test"), logger: logger)
        try await TelemetrySetup.ensure(on: bus, maximumBytes: streamBytes)
        try await bus.ensure(Streams.deadLetters)
        var settings = settings
        settings.grpcPort = 0
        settings.httpPort = 0
        let registry = MetricsRegistry()
        let receivers = Receivers.make(
            settings: settings, publisher: BusTelemetryPublisher(bus), registry: registry,
            auth: AuthPolicy(settings: AuthSettings(tokens: tokens)), logger: logger)
        let group = ServiceGroup(
            configuration: .init(services: (receivers.workers + receivers.listeners).map { .init(service: $0) }, logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let fixture = ReceiverFixture(
                server: server, bus: bus, receivers: receivers, registry: registry, grpcPort: try await receivers.grpc.port(),
                httpPort: try await receivers.http.port())
            do {
                try await body(fixture)
            } catch {
                tasks.cancelAll()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await bus.drain()
        await server.stop()
    }

    /// Sends a request to the HTTP door.
    func send(
        _ body: [UInt8] = [], to path: String = "/v1/traces", method: HTTPMethod = .POST, headers: [(String, String)] = [],
        type: String? = "application/x-protobuf"
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(httpPort)\(path)")
        request.method = method
        if let type { request.headers.add(name: "content-type", value: type) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if method == .POST { request.body = .bytes(body) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
    }

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// All messages of a stream.
    func messages(_ stream: String = Streams.telemetry().name) async throws -> [BusMessage] {
        let info = try await bus.streamInfo(stream)
        guard info.messages > 0 else { return [] }
        var messages: [BusMessage] = []
        for sequence in info.firstSequence...info.lastSequence {
            if let message = try await bus.message(stream: stream, sequence: sequence) { messages.append(message) }
        }
        return messages
    }

    /// Names of all spans on the bus.
    func spanNames() async throws -> [String] {
        var names: [String] = []
        for message in try await messages() where message.subject == Subjects.otlpTraces {
            try message.payload.withUnsafeBytes { bytes in
                try OTLPTraces.forEachSpan(in: bytes) { _, _, span in names.append(String(decoding: span.name, as: UTF8.self)) }
            }
        }
        return names
    }

    /// Spans on the bus.
    func spanCount() async throws -> Int { try await spanNames().count }
}

/// Export requests for tests.
enum ReceiverRequests {
    static func traces(_ count: Int, name: String = "GET /things", invalid: Set<Int> = [], padding: Int = 0) -> [UInt8] {
        let spans = (0..<count).map { index in
            var span = OTLPSpan(
                traceID: TraceID(high: .random(in: 1...UInt64.max), low: 1), spanID: SpanID(value: UInt64(index + 1)), name: name,
                startTime: 1_700_000_000_000_000_000, endTime: invalid.contains(index) ? 1 : 1_700_000_000_100_000_000)
            if padding > 0 { span.attributes = [Attribute("padding", .string(String(repeating: "x", count: padding)))] }
            return span
        }
        return OTLPTraces.request(resource: OTLPResource(attributes: [Attribute("service.name", .string("shop"))]), spans: spans)
    }

    static func logs(_ count: Int) -> [UInt8] {
        OTLPLogs.request(
            resource: OTLPResource(),
            records: (0..<count).map { OTLPLogRecord(time: 1_700_000_000_000_000_000 + UInt64($0), severityNumber: 9, body: .string("x")) })
    }
}

// The part of a collector that makes runs and logs of processes, with what stores and answers, over a real bus and either database.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusStorage
import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import TestSupport

@testable import OTLPCollector

/// A bus and a database, and instances over them.
final class RunBed: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case sqlite, postgres

        static let server = Task { try await PostgresServer() }
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let nats: NATSServer
    let bus: Bus
    private let folder: String
    private let configuration: StorageConfiguration

    /// - Parameter dsn: of a PostgreSQL database of the test's own.
    init(_ kind: Kind, dsn: String? = nil) async throws {
        nats = try await NATSServer.start()
        folder = NSTemporaryDirectory() + "argus-runs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        configuration =
            switch kind {
            case .sqlite: StorageConfiguration(driver: .sqlite, dsn: folder + "/runs.db")
            case .postgres: StorageConfiguration(driver: .postgres, dsn: try await Self.database(dsn))
            }
        bus = try await Bus.connect(BusConfiguration(servers: [nats.url], name: "test"), logger: Self.quiet)
        try await bus.ensure(Streams.observation())
        try await bus.ensure(Streams.processEvents())
        try await TelemetrySetup.ensure(on: bus)
        try await bus.ensure(Streams.deadLetters)
    }

    private static func database(_ dsn: String?) async throws -> String {
        if let dsn { return dsn }
        return try await Kind.server.value.createDatabase()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs an instance while `body` runs.
    func withInstance(
        lostAfter: Duration = .seconds(86_400), patience: Duration = .milliseconds(50),
        _ body: @escaping @Sendable (Instance) async throws -> Void
    ) async throws {
        let own = try await Bus.connect(BusConfiguration(servers: [nats.url], name: "collector"), logger: Self.quiet)
        let database = try await openDatabase(configuration, logger: Self.quiet)
        do {
            try await database.migrate(TelemetrySchema.migrations + RunSchema.migrations)
            let bootstrap = ServiceBootstrap.testing(name: "otlp-collector", environment: ["HTTP_PORT": "0"], logLevel: .critical)
            let metrics = bootstrap.metrics
            let store = TelemetryStore(database: database)
            let outage = DatabaseOutage(patience: .seconds(30), logger: Self.quiet)
            let letters = DeadLetterDirectory(
                files: DeadLetterFiles(directory: folder + "/dlq"), metrics: metrics, logger: Self.quiet)
            let spans = BatchStore(sink: SpanSink(store: store), metrics: WriterMetrics(metrics, signal: .traces)) { _ in }
            let logs = BatchStore(sink: LogSink(store: store), metrics: WriterMetrics(metrics, signal: .logs)) { _ in }
            let writer = TelemetryWriter(
                bus: own, consumer: Consumers.traceWriter, store: spans, outage: outage, deadLetters: letters,
                limits: WriterLimits(linger: .milliseconds(10)), logger: Self.quiet)
            let times = RunTimes(
                lostAfter: lostAfter, age: .seconds(7 * 86_400), patience: patience, interval: .milliseconds(50))
            let parts = RunParts(bus: own, database: database, logs: logs, times: times, metrics: metrics, logger: Self.quiet)
            let access = Access(
                policy: AuthPolicy(settings: AuthSettings(bootstrap.settings)), limiter: RateLimiter(perSecond: 0, metrics: metrics))
            let router = makeRouter(metrics: metrics, health: HealthChecks())
            QueryRoutes(database: database, retention: RetentionSettings(age: .seconds(7200), bytes: nil)).add(to: router, access: access)
            parts.routes.add(to: router, access: access)
            let server = makeHTTPServer(
                router: router, settings: HTTPSettings(bootstrap.settings), metrics: metrics, logger: Self.quiet)
            try await ServiceApplication(workers: [writer] + parts.services, listeners: [server]).withRunning(logger: Self.quiet) {
                try await body(Instance(port: try await server.port(), database: database))
            }
        } catch {
            await own.drain()
            await database.close()
            throw error
        }
        await own.drain()
        await database.close()
    }

    struct Instance: Sendable {
        let port: Int
        let database: any Database

        func get(_ path: String) async throws -> (status: Int, json: JSONValue) {
            let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            let bytes = try await response.body.collect(upTo: 64 << 20)
            return (Int(response.status.code), try JSONValue(parsing: Array(bytes.readableBytesView)))
        }

        /// Waits until a run has a status, and answers it.
        @discardableResult
        func run(_ id: String, is status: String, _ more: String = "") async throws -> JSONValue {
            let last = Box()
            do {
                try await eventually("run \(id) is \(status)", within: .seconds(20)) {
                    let answer = try await get("/api/runs/\(id)\(more)")
                    last.value = answer.json
                    return answer.json["status"]?.stringValue == status
                }
            } catch {
                throw TestSupportError("\(error): \(last.value)")
            }
            return last.value
        }

        /// Waits until a trace has so many spans, and answers it.
        func trace(_ id: String, spans: Int) async throws -> JSONValue {
            let last = Box()
            do {
                try await eventually("trace \(id) has \(spans) spans", within: .seconds(20)) {
                    let answer = try await get("/api/traces/\(id)")
                    last.value = answer.json
                    return answer.json["spans"]?.arrayValue?.count == spans
                }
            } catch {
                throw TestSupportError("\(error): \(last.value)")
            }
            return last.value
        }
    }

    private final class Box: @unchecked Sendable {
        var value = JSONValue.null
    }

    // MARK: Reporting

    static func event(
        _ type: ObservationType, run: String, workflow: String = "wf_abc", client: String = "org_123", node: String = "",
        at time: Timestamp = .now(), id: String = Identifier.make(), data: String? = nil
    ) throws -> ObservationEvent {
        var event = ObservationEvent(type, id: id, at: time)
        (event.clientID, event.workflowID, event.runID, event.nodeID) = (client, workflow, run, node)
        event.data = try data.map { try RawJSON(Array($0.utf8)) }
        return event
    }

    /// Publishes events as the SDK does. Under another message identifier where they are to come again.
    func report(_ events: [ObservationEvent], again: Bool = false) async throws {
        for event in events {
            _ = try await bus.publish(event.json, to: event.type.subject, messageID: again ? Identifier.make() : event.id)
        }
    }

    /// A whole run: a plugin that succeeds, one that fails and succeeds at its second attempt.
    static func history(run: String, workflow: String = "wf_abc", client: String = "org_123", status: String = "succeeded") throws
        -> [ObservationEvent]
    {
        let start = Timestamp.now().adding(milliseconds: -60_000)
        func event(_ type: ObservationType, _ after: Int64, node: String = "", _ data: String) throws -> ObservationEvent {
            try Self.event(
                type, run: run, workflow: workflow, client: client, node: node, at: start.adding(milliseconds: after), data: data)
        }
        return [
            try event(.runStarted, 0, #"{"trigger":{"type":"schedule","source":"0 * * * *"},"nodes":["fetch","store"]}"#),
            try event(.pluginStarted, 100, node: "fetch", #"{"attempt":1,"plugin_type":"http"}"#),
            try event(.pluginEnded, 600, node: "fetch", #"{"attempt":1,"plugin_type":"http","status":"failed","error":"502"}"#),
            try event(.pluginStarted, 1000, node: "fetch", #"{"attempt":2,"plugin_type":"http"}"#),
            try event(.pluginEnded, 1500, node: "fetch", #"{"attempt":2,"plugin_type":"http","status":"succeeded"}"#),
            try event(.pluginStarted, 1600, node: "store", #"{"attempt":1,"plugin_type":"sql"}"#),
            try event(.pluginEnded, 1900, node: "store", #"{"attempt":1,"plugin_type":"sql","status":"\#(status)"}"#),
            try event(.runEnded, 2000, #"{"status":"\#(status)","duration_ms":2000,"total_nodes":2}"#),
        ]
    }
}

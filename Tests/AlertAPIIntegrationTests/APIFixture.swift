// alert-api as a user meets it: a real bus, a real database, HTTP.

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

@testable import AlertAPI

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What an instance answers.
struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let bytes: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var errorCode: String? { json["error"]?["code"]?.stringValue }
}

/// One running instance.
struct Instance: Sendable {
    let port: Int
    let metrics: MetricsRegistry

    var url: String { "http://127.0.0.1:\(port)" }

    func send(_ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            if headers["Content-Type"] == nil { request.headers.add(name: "Content-Type", value: "application/json") }
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let buffer = try await response.body.collect(upTo: 64 << 20)
        let fields = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return Answer(status: Int(response.status.code), headers: fields, bytes: Array(buffer.readableBytesView))
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }

    func post(_ path: String, _ body: String? = nil, headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", path, body, headers: headers)
    }

    /// Creates a manager and returns its identifier.
    func manager(_ id: String, webhook: String? = nil, format: String? = nil, rule: String? = nil) async throws -> String {
        var members = [JSONValue.Member("id", .string(id)), .init("name", .string("Manager \(id)"))]
        if let rule { members.append(.init("grouping_rule_id", .string(rule))) }
        if let webhook {
            var notification = [JSONValue.Member("webhook_url", .string(webhook))]
            if let format { notification.append(.init("format", .string(format))) }
            members.append(.init("notification_config", .object(notification)))
        }
        let answer = try await post("/v1/event-managers", String(decoding: JSONValue.object(members).bytes, as: UTF8.self))
        guard answer.status == 201 else { throw TestSupportError("the manager was not created: \(answer.text)") }
        return id
    }

    /// The value of a metric's series without labels.
    func metric(_ name: String) async throws -> Double {
        let text = try await get("/metrics").text
        for line in text.split(separator: "\n") where line.hasPrefix("\(name) ") || line.hasPrefix("\(name){") {
            if let value = line.split(separator: " ").last.flatMap({ Double($0) }) { return value }
        }
        return 0
    }
}

/// A bus, databases, and a connection of the test's own.
final class Fixture: Sendable {
    let nats: NATSServer
    let bus: Bus
    let directory: String

    static func start() async throws -> Fixture {
        let nats = try await NATSServer.start()
        var configuration = BusConfiguration(servers: [nats.url], name: "test")
        configuration.connectTimeout = .seconds(10)
        let bus = try await Bus.connect(configuration, logger: quiet)
        _ = try await BusSetup.ensure(on: bus, partitions: 4, eventBytes: 64 << 20)
        return try Fixture(nats: nats, bus: bus)
    }

    private init(nats: NATSServer, bus: Bus) throws {
        self.nats = nats
        self.bus = bus
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-api-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The file of the SQLite database that instances use unless told otherwise.
    var file: String { "\(directory)/alerts.db" }

    /// Runs an instance while `body` runs.
    func withInstance<T: Sendable>(
        _ environment: [String: String] = [:], ready: Bool = true, _ body: @escaping @Sendable (Instance) async throws -> T
    ) async throws -> T {
        var variables = ["NATS_URL": nats.url, "HTTP_PORT": "0", "DB_DSN": file]
        variables.merge(environment) { $1 }
        let bootstrap = ServiceBootstrap.testing(
            name: "alert-api", environment: variables, defaults: AlertAPISettings.defaults, logLevel: .critical)
        let application = try await AlertAPIApplication.build(bootstrap)
        return try await application.application.withRunning(logger: quiet) {
            let instance = Instance(port: try await application.server.port(), metrics: bootstrap.metrics)
            if ready {
                try await eventually("the instance is ready", within: .seconds(30)) { try await instance.get("/readyz").status == 200 }
            }
            return try await body(instance)
        }
    }

    /// Publishes a commit as a processor would.
    @discardableResult
    func commit(_ changes: [AlertChange], partition: Int = 0, schema: String = Schema.current) async throws -> UInt64 {
        try await bus.publish(
            Sample.commit(changes, partition: partition).encoded(), to: Subjects.alerts(partition: partition),
            headers: [HeaderName.schema: schema]
        ).sequence
    }

    /// The events that were published into all partitions.
    func events() async throws -> [AlertEvent] {
        var events: [AlertEvent] = []
        for partition in 0..<4 {
            let name = Streams.eventsName(partition: partition)
            let info = try await bus.streamInfo(name)
            guard info.messages > 0 else { continue }
            for sequence in info.firstSequence...info.lastSequence {
                guard let message = try await bus.message(stream: name, sequence: sequence) else { continue }
                events += try AlertEvent.readLines(message.payload)
            }
        }
        return events
    }
}

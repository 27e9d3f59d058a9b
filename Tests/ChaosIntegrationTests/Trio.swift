// The three services in this process, with a bus of their own.

import ArgusBus
import ArgusService
import ArgusShared
import AsyncHTTPClient
import ChaosShared
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport

@testable import ChaosInventory
@testable import ChaosOrder
@testable import ChaosPayment

/// What a service answers.
struct TrioAnswer: Sendable {
    let status: Int
    let headers: [String: String]
    let bytes: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var errorCode: String? { json["error"]?["code"]?.stringValue }
}

/// A service that runs until it is stopped.
final class TrioMember: Sendable {
    let port: Int
    private let task: Task<Void, any Error>
    private let stopper: AsyncStream<Void>.Continuation

    fileprivate init(_ bootstrap: ServiceBootstrap, _ application: ChaosApplication) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        stopper = continuation
        task = Task {
            try await application.application.withRunning(logger: bootstrap.logger) {
                for await _ in stream {}
            }
        }
        port = try await application.server.port()
    }

    deinit {
        task.cancel()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Ends in good order.
    func stop() async throws {
        stopper.finish()
        try await task.value
    }

    /// Ends at once, as far as a task can.
    func kill() async {
        task.cancel()
        _ = await task.result
    }

    func get(_ path: String) async throws -> TrioAnswer {
        try await Self.send("GET", url + path, nil, [:])
    }

    func send(_ method: String, _ path: String, _ body: String?, headers: [String: String] = [:]) async throws -> TrioAnswer {
        try await Self.send(method, url + path, body, headers)
    }

    func order(_ body: String = #"{"item":"book","quantity":1}"#, key: String? = nil, traceparent: String? = nil) async throws -> TrioAnswer
    {
        var headers: [String: String] = [:]
        headers["Idempotency-Key"] = key
        headers["traceparent"] = traceparent
        return try await send("POST", "/orders", body, headers: headers)
    }

    /// The value of a metric's series.
    func metric(_ series: String) async throws -> Double {
        let text = try await get("/metrics").text
        for line in text.split(separator: "\n") where line.hasPrefix("\(series) ") {
            return line.split(separator: " ").last.flatMap { Double($0) } ?? .nan
        }
        return .nan
    }

    private static func send(
        _ method: String, _ url: String, _ body: String?, _ headers: [String: String]
    ) async throws -> TrioAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let buffer = try await response.body.collect(upTo: 1 << 20)
        let fields = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return TrioAnswer(status: Int(response.status.code), headers: fields, bytes: Array(buffer.readableBytesView))
    }
}

/// Wants to know everything and says nothing: what the services log is read from the bus.
private struct SilentLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {}
}

/// A bus for services that behave unless told otherwise.
struct Trio: Sendable {
    let nats: NATSServer

    /// Nothing goes wrong on purpose.
    static let calm = [
        "CHAOS_ORDER_LATENCY_RATE": "0", "CHAOS_PAYMENT_ERROR_RATE": "0", "CHAOS_INVENTORY_ERROR_RATE": "0",
    ]

    /// - Parameter accounts: The bus's users and their permissions, as configuration text; nobody needs to log in without.
    static func start(accounts: String = "") async throws -> Trio {
        Trio(nats: try await NATSServer.start(extraConfiguration: accounts))
    }

    func order(_ environment: [String: String] = [:]) async throws -> TrioMember {
        try await member(ServiceName.chaosOrder, OrderSettings.defaults, environment) { try await OrderApplication.build($0) }
    }

    func payment(_ environment: [String: String] = [:]) async throws -> TrioMember {
        try await member(ServiceName.chaosPayment, PaymentApplication.defaults, environment) { try await PaymentApplication.build($0) }
    }

    func inventory(_ environment: [String: String] = [:]) async throws -> TrioMember {
        try await member(ServiceName.chaosInventory, InventoryApplication.defaults, environment) {
            try await InventoryApplication.build($0)
        }
    }

    func connect(user: String? = nil) async throws -> Bus {
        var configuration = BusConfiguration(servers: [nats.url], name: "test")
        if let user {
            configuration.user = user
            configuration.password = "secret"
            configuration.inboxPrefix = "_INBOX.\(user)"
        }
        configuration.connectTimeout = .seconds(10)
        return try await Bus.connect(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func member(
        _ name: String, _ defaults: [String: String], _ environment: [String: String],
        _ build: (ServiceBootstrap) async throws -> ChaosApplication
    ) async throws -> TrioMember {
        let variables = ["NATS_URL": nats.url, "HTTP_PORT": "0"].merging(Self.calm) { $1 }.merging(environment) { $1 }
        let template = ServiceBootstrap.testing(name: name, environment: variables, defaults: defaults)
        let bootstrap = ServiceBootstrap(
            name: name, version: template.version, settings: template.settings, metrics: template.metrics,
            logger: Logger(label: name) { _ in SilentLogHandler() })
        let member = try await TrioMember(bootstrap, try await build(bootstrap))
        try await eventually("\(name) is ready", within: .seconds(20)) { try await member.get("/readyz").status == 200 }
        return member
    }
}

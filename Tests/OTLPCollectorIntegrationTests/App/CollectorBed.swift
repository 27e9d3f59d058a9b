// A whole collector in this process, over a real bus and a database of its own.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import TestSupport

@testable import OTLPCollector

/// A bus, a folder, and what runs over them.
final class CollectorBed: Sendable {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let nats: NATSServer
    let folder: String

    init() async throws {
        nats = try await NATSServer.start()
        folder = NSTemporaryDirectory() + "argus-collector-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What an instance is started with.
    func environment(_ more: [String: String] = [:]) -> [String: String] {
        [
            "NATS_URL": nats.url, "HTTP_PORT": "0", "OTLP_HTTP_PORT": "0", "OTLP_GRPC_PORT": "0", "DB_DSN": "\(folder)/argus.db",
            "DLQ_DIR": "\(folder)/dlq",
        ].merging(more) { $1 }
    }

    /// Runs an instance while `body` runs.
    func withInstance<Value: Sendable>(
        _ environment: [String: String] = [:], _ body: @escaping @Sendable (Instance) async throws -> Value
    ) async throws -> Value {
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.otlpCollector, environment: self.environment(environment), defaults: CollectorSettings.defaults,
            logLevel: .critical)
        let application = try await OTLPCollectorApplication.build(bootstrap)
        return try await application.application.withRunning(logger: Self.quiet) {
            let instance = Instance(
                port: try await application.server.port(), otlp: try await application.receivers.http.port(),
                grpc: try await application.receivers.grpc.port(), metrics: bootstrap.metrics)
            return try await body(instance)
        }
    }

    /// What an instance refuses to start with.
    static func refusal(_ environment: [String: String]) -> [String] {
        let settings = ServiceSettings(environment: environment, defaults: CollectorSettings.defaults)
        _ = CollectorSettings(settings)
        do throws(ConfigurationError) {
            try settings.validate()
            return []
        } catch {
            return error.problems
        }
    }

    /// An instance that runs.
    struct Instance: Sendable {
        let port: Int
        let otlp: Int
        let grpc: Int
        let metrics: MetricsRegistry

        struct Answer: Sendable {
            var status: Int
            var headers: HTTPHeaders
            var body: [UInt8]

            var text: String { String(decoding: body, as: UTF8.self) }

            var json: JSONValue {
                get throws { try JSONValue(parsing: body) }
            }

            /// The code of an error.
            var code: String? { (try? json)?["error"]?["code"]?.stringValue }
            /// The field that an error names.
            var field: String? { (try? json)?["error"]?["field"]?.stringValue }
        }

        func send(
            _ method: HTTPMethod, _ path: String, port: Int? = nil, headers: [(String, String)] = [], body: [UInt8]? = nil,
            timeout: TimeAmount = .seconds(30)
        ) async throws -> Answer {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port ?? self.port)\(path)")
            request.method = method
            for (name, value) in headers { request.headers.add(name: name, value: value) }
            if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
            let response = try await HTTPClient.shared.execute(request, timeout: timeout)
            let bytes = try await response.body.collect(upTo: 64 << 20)
            return Answer(status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
        }

        func get(_ path: String, token: String? = nil) async throws -> Answer {
            try await send(.GET, path, headers: token.map { [("authorization", "Bearer \($0)")] } ?? [])
        }

        /// Sends a request to the door for OTLP over HTTP. The client tries to connect for the whole time.
        func export(_ path: String, _ request: [UInt8], timeout: TimeAmount = .seconds(30)) async throws -> Answer {
            try await send(
                .POST, path, port: otlp, headers: [("content-type", "application/x-protobuf")], body: request, timeout: timeout)
        }

        /// Sends logs and waits until they are stored.
        func store(logs: [OTLPLogRecord], service: String = "shop") async throws {
            let before = try await stored("logs")
            let answer = try await export("/v1/logs", CollectorBed.logs(logs, service: service))
            guard answer.status == 200 else { throw TestSupportError("the door answered \(answer.status): \(answer.text)") }
            try await eventually("\(logs.count) logs are stored", within: .seconds(20)) {
                try await stored("logs") >= before + Int64(logs.count)
            }
        }

        func stored(_ what: String) async throws -> Int64 {
            try await get("/api/stats").json["stored"]?[what]?.integerValue ?? 0
        }
    }

    static func logs(_ records: [OTLPLogRecord], service: String = "shop") -> [UInt8] {
        OTLPLogs.request(resource: OTLPResource(attributes: [Attribute("service.name", .string(service))]), records: records)
    }

    static func spans(_ spans: [OTLPSpan], service: String) -> [UInt8] {
        OTLPTraces.request(resource: OTLPResource(attributes: [Attribute("service.name", .string(service))]), spans: spans)
    }

    /// Unix nanoseconds.
    static var now: UInt64 { UInt64(Date().timeIntervalSince1970 * 1e9) }

    static func log(_ text: String, severity: Int32 = 9, time: UInt64 = now) -> OTLPLogRecord {
        OTLPLogRecord(time: time, severityNumber: severity, body: .string(text))
    }

    /// A token and its entry in `ARGUS_TOKENS`.
    static func credential(_ token: String, scope: String) -> String {
        "\(scope):\(scope):\(Digest.sha256Hex(token))"
    }
}

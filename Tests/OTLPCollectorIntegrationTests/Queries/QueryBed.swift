// The telemetry API as a client meets it, over a database that holds a world.

import ArgusOTLP
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

/// A database with a world in it, behind HTTP.
struct QueryBed: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case sqlite, postgres

        private static let server = Task { try await PostgresServer() }

        fileprivate func configuration(in directory: String) async throws -> StorageConfiguration {
            switch self {
            case .sqlite: StorageConfiguration(driver: .sqlite, dsn: "\(directory)/telemetry.db")
            case .postgres: StorageConfiguration(driver: .postgres, dsn: try await Self.server.value.createDatabase())
            }
        }
    }

    /// What the API answers.
    struct Answer: Sendable {
        let status: Int
        let bytes: [UInt8]

        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }
        /// The field that an error names.
        var field: String? { json["error"]?["field"]?.stringValue }
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let port: Int
    let database: any Database
    let store: TelemetryStore

    /// Runs a body against a database that holds `world`.
    static func with(
        _ kind: Kind, _ world: QueryWorld?, environment: [String: String] = [:], _ body: @escaping @Sendable (QueryBed) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-queries-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let database = try await openDatabase(try await kind.configuration(in: directory), logger: quiet)
        do {
            try await run(database, world, environment: environment, body)
            await database.close()
        } catch {
            await database.close()
            throw error
        }
    }

    private static func run(
        _ database: any Database, _ world: QueryWorld?, environment: [String: String],
        _ body: @escaping @Sendable (QueryBed) async throws -> Void
    ) async throws {
        let variables = environment.merging(["HTTP_PORT": "0"]) { first, _ in first }
        let bootstrap = ServiceBootstrap.testing(name: "otlp-collector", environment: variables, logLevel: .critical)
        let access = Access(
            policy: AuthPolicy(settings: AuthSettings(bootstrap.settings)), limiter: RateLimiter(perSecond: 0, metrics: bootstrap.metrics))
        let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
        QueryRoutes(database: database, retention: RetentionSettings(age: .seconds(7200), bytes: nil)).add(to: router, access: access)
        JaegerRoutes(database: database).add(to: router, access: access)
        let server = makeHTTPServer(
            router: router, settings: HTTPSettings(bootstrap.settings), metrics: bootstrap.metrics, logger: bootstrap.logger)
        let store = TelemetryStore(database: database)
        try await store.migrate()
        if let world { try await fill(store, with: world) }
        try await ServiceApplication(listeners: [server]).withRunning(logger: quiet) {
            try await body(QueryBed(port: try await server.port(), database: database, store: store))
        }
    }

    private static func fill(_ store: TelemetryStore, with world: QueryWorld) async throws {
        var sequence: UInt64 = 0
        func messages(_ payloads: [[UInt8]], _ signal: OTLPSignal) -> [TelemetryMessage] {
            payloads.map { payload in
                sequence += 1
                return TelemetryMessage(signal: signal, sequence: sequence, published: Int64(sequence), payload: payload)
            }
        }
        for payloads in world.spanBatches {
            let (batch, rejected) = SpanBatch.decode(messages(payloads, .traces))
            guard rejected.isEmpty else { throw TestSupportError("spans were rejected: \(rejected)") }
            _ = try await store.write(spans: batch)
        }
        for payloads in world.logBatches {
            let (batch, rejected) = LogBatch.decode(messages(payloads, .logs))
            guard rejected.isEmpty else { throw TestSupportError("logs were rejected: \(rejected)") }
            _ = try await store.write(logs: batch)
        }
    }

    func get(_ path: String, token: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let buffer = try await response.body.collect(upTo: 64 << 20)
        return Answer(status: Int(response.status.code), bytes: Array(buffer.readableBytesView))
    }

    /// The answer to a query with these items, which must be 200.
    func ask(_ path: String, _ items: [(String, String)] = []) async throws -> JSONValue {
        let answer = try await get(path + Self.query(items))
        guard answer.status == 200 else { throw TestSupportError("\(path) \(items): \(answer.status) \(answer.text)") }
        return answer.json
    }

    static func query(_ items: [(String, String)]) -> String {
        let safe = CharacterSet.alphanumerics
        let pairs = items.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: safe) ?? "")" }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// Every page of a list.
    func pages(_ path: String, _ items: [(String, String)], _ name: String) async throws -> [[JSONValue]] {
        var pages: [[JSONValue]] = []
        var cursor: String?
        repeat {
            let page = try await ask(path, items + (cursor.map { [("cursor", $0)] } ?? []))
            pages.append(page[name]?.arrayValue ?? [])
            cursor = page["next_cursor"]?.stringValue
            guard pages.count < 10_000 else { throw TestSupportError("the pages do not end") }
        } while cursor != nil
        return pages
    }
}

extension QueryWorld {
    /// The query items of a range.
    static func range(_ start: Int64 = QueryWorld.begin, _ end: Int64 = QueryWorld.end) -> [(String, String)] {
        [("from", String(start)), ("to", String(end))]
    }
}

extension JSONValue {
    /// The number, whole or not.
    var numberValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

// The built services as processes on free ports with a nats-server of their own.

import ArgusShared
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport

/// One built service that runs.
final class RunningService: Sendable {
    let name: String
    let port: Int
    let process: ChildProcess
    let logFile: String

    init(name: String, port: Int, process: ChildProcess, logFile: String) {
        self.name = name
        self.port = port
        self.process = process
        self.logFile = logFile
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// What it logged.
    var log: String { (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "" }
}

/// The suite without the edge.
final class Suite: Sendable {
    let nats: NATSServer
    let directory: String
    private let launched = Mutex<[RunningService]>([])

    /// Starts the bus.
    ///
    /// - Parameter accounts: The server's users and their permissions, as configuration text; nobody needs to log in without.
    static func start(accounts: String = "") async throws -> Suite {
        Suite(nats: try await NATSServer.start(syncAlways: true, extraConfiguration: accounts))
    }

    private init(nats: NATSServer) {
        self.nats = nats
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-system-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// Ends what still runs and removes what was written: the last thing a test does.
    func stop() {
        for service in launched.withLock({ $0 }) { service.process.terminate(signal: SIGKILL) }
        nats.kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Where the executables are: beside the tests, unless `ARGUS_BIN_DIR` says otherwise.
    static var binaries: String {
        ProcessInfo.processInfo.environment["ARGUS_BIN_DIR"]
            ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    }

    /// The root of the repository.
    static var repository: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    }

    /// Starts a service and waits until it is ready.
    func start(_ name: String, port: Int? = nil, environment: [String: String] = [:]) async throws -> RunningService {
        let service = try launch(name, port: port, environment: environment)
        try await waitUntilReady(service)
        return service
    }

    /// Starts a service without waiting for anything.
    ///
    /// - Parameter executable: The program, if it is not a service of that name.
    func launch(
        _ name: String, executable: String? = nil, arguments: [String] = [], port: Int? = nil, environment: [String: String] = [:]
    ) throws -> RunningService {
        let port = try port ?? FreePort.next()
        var variables = ProcessInfo.processInfo.environment
        variables["NATS_URL"] = nats.url
        variables["HTTP_PORT"] = "\(port)"
        variables["DB_DSN"] = "\(directory)/\(name).db"
        variables.merge(environment) { $1 }
        let logFile = "\(directory)/\(name)-\(port).log"
        let process = try ChildProcess(
            executable: executable ?? "\(Self.binaries)/\(name)", arguments: arguments, environment: variables,
            workingDirectory: directory, output: logFile)
        let service = RunningService(name: name, port: port, process: process, logFile: logFile)
        launched.withLock { $0.append(service) }
        return service
    }

    func waitUntilReady(_ service: RunningService) async throws {
        do {
            try await eventually("\(service.name) is ready", within: .seconds(30)) {
                (try? await HTTP.get(service.url + "/readyz"))?.status == 200
            }
        } catch {
            throw TestSupportError("\(error)\n\(service.log)")
        }
    }
}

/// Asks and tells over HTTP.
enum HTTP {
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let bytes: [UInt8]

        /// The body as JSON; null where it is none.
        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }

        /// The body as text.
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    static func get(_ url: String, token: String? = nil) async throws -> Answer {
        try await send("GET", url, token: token)
    }

    static func post(_ url: String, _ body: String, token: String? = nil) async throws -> Answer {
        try await send("POST", url, body: body, token: token)
    }

    private static func send(_ method: String, _ url: String, body: String? = nil, token: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(Array(body.utf8))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(15))
        let buffer = try await response.body.collect(upTo: 64 << 20)
        let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return Answer(status: Int(response.status.code), headers: headers, bytes: Array(buffer.readableBytesView))
    }
}

/// A manager with a rule, made through the API.
struct Team {
    let id: String
    let ruleID: String

    static func create(
        api: String, groupingKey: String = #""class""#, windowMinutes: Int = 30, webhook: String? = nil
    ) async throws -> Team {
        let rule = try await HTTP.post(
            "\(api)/v1/grouping-rules", #"{"name":"rule","grouping_key":\#(groupingKey),"time_window_minutes":\#(windowMinutes)}"#)
        guard let ruleID = rule.json["id"]?.stringValue else { throw TestSupportError("no rule: \(rule.status) \(rule.text)") }
        let notification = webhook.map { #","notification_config":{"webhook_url":"\#($0)"}"# } ?? ""
        let manager = try await HTTP.post("\(api)/v1/event-managers", #"{"name":"team","grouping_rule_id":"\#(ruleID)"\#(notification)}"#)
        guard let id = manager.json["id"]?.stringValue else { throw TestSupportError("no manager: \(manager.status) \(manager.text)") }
        return Team(id: id, ruleID: ruleID)
    }

    /// The body of an event.
    func event(_ action: String = "trigger", key: String, class: String = "infrastructure", severity: String = "high") -> String {
        #"{"event_manager_id":"\#(id)","summary":"\#(key) is broken","severity":"\#(severity)","action":"\#(action)","class":"\#(`class`)","#
            + #""dedupKey":"\#(key)"}"#
    }
}

/// All alerts of a manager by dedup key, over all pages.
func allAlerts(api: String, manager: String) async throws -> [String: JSONValue] {
    var alerts: [String: JSONValue] = [:]
    var cursor = ""
    repeat {
        let page = try await HTTP.get("\(api)/v1/alerts?event_manager_id=\(manager)&limit=1000\(cursor)")
        guard page.status == 200, let items = page.json["alerts"]?.arrayValue else {
            throw TestSupportError("\(page.status): \(page.text)")
        }
        for alert in items {
            guard let key = alert["dedupKey"]?.stringValue else { continue }
            if alerts.updateValue(alert, forKey: key) != nil { throw TestSupportError("\(key) stands on two pages") }
        }
        cursor = page.json["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    return alerts
}

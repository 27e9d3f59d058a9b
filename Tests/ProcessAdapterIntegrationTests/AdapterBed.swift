// A bus, stand-ins of process-compose and adapters, all of them real.

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

@testable import ProcessAdapter

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A process-compose stand-in: `deploy/compose-standin`, a process of its own.
final class StandIn: Sendable {
    let port: Int
    private let child: ChildProcess
    private let scratch: String

    /// - Parameters:
    ///   - config: the processes, as JSON; nil is none.
    ///   - socket: listens there instead of on the port.
    init(config: String? = nil, port: Int? = nil, socket: String? = nil, _ arguments: String...) async throws {
        scratch = FileManager.default.temporaryDirectory.appendingPathComponent("argus-standin-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        let file = scratch + "/config.json"
        try Data((config ?? "{}").utf8).write(to: URL(fileURLWithPath: file))
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let child = try ChildProcess(
            executable: "/usr/bin/env",
            arguments: ["python3", repository.appendingPathComponent("deploy/compose-standin").path, "--config", file]
                + (socket.map { ["--unix", $0] } ?? ["--port", "\(port ?? 0)"]) + arguments,
            output: scratch + "/log")
        let log = scratch + "/log"
        var text = ""
        try await eventually("the stand-in listens", within: .seconds(20)) {
            text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            guard child.isRunning else { throw TestSupportError("the stand-in ended: \(text)") }
            return text.contains("listening on") && text.hasSuffix("\n")
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        self.child = child
        self.port = words.firstIndex(of: "listening").flatMap { Int(words[$0 + 2]) } ?? 0
    }

    deinit {
        child.terminate(signal: SIGKILL)
        try? FileManager.default.removeItem(atPath: scratch)
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func stop() async {
        child.terminate()
        if await child.waitForExit(timeout: .seconds(10)) == nil { child.terminate(signal: SIGKILL) }
    }

    @discardableResult
    func call(_ method: String, _ path: String, _ body: String? = nil) async throws -> Int {
        var request = HTTPClientRequest(url: url + path)
        request.method = HTTPMethod(rawValue: method)
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status.code)
    }

    /// The lines that a process has written.
    func log(of name: String) async throws -> [String] {
        let request = HTTPClientRequest(url: "\(url)/process/logs/\(name)/0/1000")
        let body = try await HTTPClient.shared.execute(request, timeout: .seconds(30)).body.collect(upTo: 1 << 20)
        return try JSONValue(parsing: Array(body.readableBytesView))["logs"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// What all processes are from now on.
    func show(_ processes: String...) async throws {
        _ = try await call("PUT", "/standin/processes", "[\(processes.joined(separator: ","))]")
    }

    /// A process as the API says it.
    static func process(
        _ name: String = "api", _ status: String, pid: Int = 0, restarts: Int = 0, exit: Int = 0, ready: String = "-",
        namespace: String = "\"default\"", more: String = ""
    ) -> String {
        """
        {"name":\(String(decoding: JSONValue.string(name).bytes, as: UTF8.self)),"namespace":\(namespace),"status":"\(status)","pid":\(pid),"restarts":\(restarts),\
        "exit_code":\(exit),"is_ready":"\(ready)","has_ready_probe":\(ready != "-"),"is_running":\(status == "Running"),"age":1000\
        ,"system_time":"-","mem":1,"cpu":0.5\(more)}
        """
    }
}

/// An adapter that runs until it is stopped.
final class RunningAdapter: Sendable {
    let port: Int
    private let task: Task<Void, any Error>
    private let stopper: AsyncStream<Void>.Continuation

    fileprivate init(_ environment: [String: String]) async throws {
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.processAdapter, environment: environment, defaults: AdapterSettings.defaults)
        let adapter = try await AdapterApplication.build(bootstrap)
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        stopper = continuation
        task = Task {
            try await adapter.application.withRunning(logger: quiet) {
                for await _ in stream {}
            }
        }
        port = try await adapter.server.port()
    }

    deinit {
        task.cancel()
    }

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

    func get(_ path: String) async throws -> (status: Int, text: String) {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)"), timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        return (Int(response.status.code), String(buffer: body))
    }
}

/// A bus and what is on it.
struct AdapterBed: Sendable {
    let nats: NATSServer
    let bus: Bus

    init() async throws {
        nats = try await NATSServer.start()
        bus = try await Bus.connect(BusConfiguration(servers: [nats.url], name: "test"), logger: quiet)
    }

    func adapter(_ composeURL: String, _ environment: [String: String] = [:]) async throws -> RunningAdapter {
        try await RunningAdapter(
            [
                "NATS_URL": nats.url, "HTTP_PORT": "0", "COMPOSE_URL": composeURL, "POLL_INTERVAL": "100ms",
            ].merging(environment) { $1 })
    }

    /// All events so far.
    func events() async throws -> [ProcessEvent] {
        try await messages(of: Streams.processEvents().name).map { try ProcessEvent(parsing: $0.payload) }
    }

    /// All events so far, as `name kind`, but for changes of status.
    func story(of process: String? = nil) async throws -> [String] {
        try await events().filter { $0.kind != .statusChanged && (process == nil || $0.process == process) }
            .map { process == nil ? "\($0.process) \($0.kind.rawValue)" : $0.kind.rawValue }
    }

    /// Waits until a process's story is this one.
    func waitForStory(_ story: [String], of process: String = "api") async throws {
        var last: [String] = []
        do {
            try await eventually("the story", within: .seconds(20)) {
                last = try await self.story(of: process)
                return last == story
            }
        } catch {
            throw TestSupportError("the story of \(process) is \(last), not \(story)")
        }
    }

    /// Waits until the adapter has looked at everything twice more.
    func waitForLooks(of adapter: RunningAdapter) async throws {
        let first = try await polls(of: adapter)
        try await eventually("two more looks", within: .seconds(20)) { try await polls(of: adapter) >= first + 2 }
    }

    /// The lines of a service's log that are on the bus.
    func lines(of service: String) async throws -> [OTLPLogRecord] {
        var records: [OTLPLogRecord] = []
        for message in try await messages(of: Streams.telemetry().name) {
            for group in try message.payload.withUnsafeBytes({ try OTLPLogs.groups(in: $0) })
            where group.resource.attributes.contains(Attribute("service.name", service)) {
                records += group.scopes.flatMap(\.items)
            }
        }
        return records
    }

    private func messages(of stream: String) async throws -> [BusMessage] {
        let last = try await bus.streamInfo(stream).lastSequence
        var messages: [BusMessage] = []
        for sequence in stride(from: UInt64(1), through: last, by: 1) {
            if let message = try await bus.message(stream: stream, sequence: sequence) { messages.append(message) }
        }
        return messages
    }

    private func polls(of adapter: RunningAdapter) async throws -> Double {
        try await adapter.get("/metrics").text.split(separator: "\n").filter { $0.hasPrefix("argus_compose_polls_total{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}

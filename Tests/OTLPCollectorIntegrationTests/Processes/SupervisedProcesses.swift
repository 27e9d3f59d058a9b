// Real processes below a stand-in of process-compose, and an adapter that follows them.

import ArgusService
import ArgusShared
import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import TestSupport

@testable import ProcessAdapter

/// `deploy/compose-standin` with processes of a test's own.
final class SupervisedProcesses: Sendable {
    let url: String
    private let child: ChildProcess
    private let folder: String

    /// - Parameter config: the processes, as JSON.
    init(_ config: String) async throws {
        folder = NSTemporaryDirectory() + "argus-supervised-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(config.utf8).write(to: URL(fileURLWithPath: folder + "/config.json"))
        let repository = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let port = try FreePort.next()
        url = "http://127.0.0.1:\(port)"
        child = try ChildProcess(
            executable: "/usr/bin/env",
            arguments: [
                "python3", repository.appendingPathComponent("deploy/compose-standin").path, "--port", "\(port)", "--config",
                folder + "/config.json",
            ], output: folder + "/log")
        try await eventually("the stand-in answers", within: .seconds(20)) {
            guard child.isRunning else { throw TestSupportError("the stand-in ended") }
            return (try? await call(.GET, "/live")) == 200
        }
    }

    deinit {
        child.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    @discardableResult
    func call(_ method: HTTPMethod, _ path: String) async throws -> Int {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status.code)
    }

    /// The lines that a process has written.
    func log(of name: String) async throws -> [String] {
        let request = HTTPClientRequest(url: "\(url)/process/logs/\(name)/0/100")
        let body = try await HTTPClient.shared.execute(request, timeout: .seconds(10)).body.collect(upTo: 1 << 20)
        return try JSONValue(parsing: Array(body.readableBytesView))["logs"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// Ends them all.
    func stop() async {
        child.terminate()
        _ = await child.waitForExit(timeout: .seconds(10))
    }

    /// Runs an adapter while `body` runs.
    func withAdapter(on nats: NATSServer, name: String = "", _ body: @escaping @Sendable () async throws -> Void) async throws {
        let environment = [
            "NATS_URL": nats.url, "HTTP_PORT": "0", "COMPOSE_URL": name.isEmpty ? url : "\(name)=\(url)", "POLL_INTERVAL": "200ms",
        ]
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.processAdapter, environment: environment, defaults: AdapterSettings.defaults, logLevel: .critical)
        try await AdapterApplication.build(bootstrap).application.withRunning(logger: CollectorBed.quiet, body)
    }
}

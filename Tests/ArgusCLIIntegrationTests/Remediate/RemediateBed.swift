// A bus, the stand-in for process-compose, and instances of `argus remediate`.

import ArgusBus
import ArgusShared
import Foundation
import FoundationNetworking
import ProcessCompose
import TestSupport

@testable import ArgusCLI

/// Processes that fail on command, and what is decided about them. Here the test is the process-adapter: it publishes what it does.
struct RemediateBed: Sendable {
    let cli: CommandBed
    let standIn: ChildProcess
    let composeURL: String
    private let directory: URL

    var bus: Bus { cli.bus }

    /// Starts processes that never end by themselves and are not restarted by the stand-in.
    static func start(_ names: [String] = ["api"], probe: Bool = false) async throws -> RemediateBed {
        let cli = try await CommandBed.start()
        try await cli.bus.ensure(Streams.processEvents())
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-remediate-\(Identifier.make())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let processes = names.map { #""\#($0)":{"command":"exec sleep 1000","restart":"no","probe":\#(probe),"ready_after":0.3}"# }
        let configuration = directory.appendingPathComponent("processes.json")
        try Data(#"{"processes":{\#(processes.joined(separator: ","))}}"#.utf8).write(to: configuration)
        let repository = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }.path
        let port = try FreePort.next()
        let standIn = try ChildProcess(
            executable: "/usr/bin/env",
            arguments: ["python3", repository + "/deploy/compose-standin", "--port", "\(port)", "--config", configuration.path])
        let bed = RemediateBed(cli: cli, standIn: standIn, composeURL: "http://127.0.0.1:\(port)", directory: directory)
        try await eventually("the processes run", within: .seconds(20)) {
            (try? await bed.processes())?.count { $0.isAlive } == names.count
        }
        return bed
    }

    func end() {
        standIn.terminate()
        try? FileManager.default.removeItem(at: directory)
    }

    // MARK: Processes

    func processes() async throws -> [ObservedProcess] {
        guard let endpoint = ComposeEndpoint(composeURL) else { throw TestSupportError("\(composeURL) is no address") }
        return try await ProcessComposeClient(endpoint: endpoint, http: Calls.client).processes()
    }

    func process(_ name: String) async throws -> ObservedProcess {
        guard let process = try await processes().first(where: { $0.state.name == name }) else {
            throw TestSupportError("there is no \(name)")
        }
        return process
    }

    /// Ends a process as if it had failed, and says so on the bus.
    func crash(_ name: String = "api", code: Int64 = 7) async throws {
        guard let url = URL(string: "\(composeURL)/standin/crash/\(name)?code=\(code)") else {
            throw TestSupportError("\(name) is no name")
        }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        _ = try await URLSession.shared.data(for: request)
        try await eventually("\(name) has ended") { try await process(name).state.status == "Completed" }
        try await cli.publish(.crashed, name, code: code)
    }

    /// Waits until a process runs (again).
    func runs(_ name: String = "api") async throws {
        try await eventually("\(name) runs", within: .seconds(20)) { try await process(name).isAlive }
    }

    // MARK: Instances

    /// A policy file.
    func policy(_ yaml: String) throws -> String {
        let file = directory.appendingPathComponent("policy-\(Identifier.make()).yaml")
        try Data(yaml.utf8).write(to: file)
        return file.path
    }

    var environment: [String: String] {
        [
            "NATS_URL": cli.server.url, "COMPOSE_URL": composeURL, "ARGUS_REMEDIATE_LEASE": "2s", "HOME": "/nonexistent",
            "PATH": "/usr/bin:/bin",
        ]
    }

    /// Runs an instance within this process while `body` runs.
    func running(_ arguments: [String] = [], environment more: [String: String] = [:], _ body: (Captured) async throws -> Void) async throws
    {
        let captured = Captured()
        let environment = environment.merging(more) { $1 }
        let task = Task { await captured.run(["remediate"] + arguments, environment: environment) }
        do {
            try await eventually("the instance leads", within: .seconds(20)) { captured.errors.contains("leads (term") }
            try await body(captured)
        } catch {
            task.cancel()
            _ = await task.value
            throw TestSupportError("\(error)\n\(captured.output)\(captured.errors)")
        }
        task.cancel()
        guard await task.value == .success else { throw TestSupportError("it ended badly: \(captured.errors)") }
    }

    /// Starts an instance as a program of its own.
    func launch(_ arguments: [String] = []) throws -> Instance {
        let candidates = [
            ProcessInfo.processInfo.environment["ARGUS_BIN_DIR"].map { $0 + "/argus" },
            Bundle.main.bundleURL.deletingLastPathComponent().appendingPathComponent("argus").path,
            Bundle.main.bundleURL.appendingPathComponent("argus").path,
        ].compactMap(\.self)
        guard let executable = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestSupportError("argus is not built")
        }
        let file = directory.appendingPathComponent("instance-\(Identifier.make()).log").path
        let child = try ChildProcess(executable: executable, arguments: ["remediate"] + arguments, environment: environment, output: file)
        return Instance(child: child, file: file)
    }

    /// `argus remediate` as a program.
    struct Instance: Sendable {
        let child: ChildProcess
        let file: String

        var output: String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
        var isLeading: Bool { output.contains("leads (term") }
    }

    // MARK: Decisions

    /// Every decision on the bus.
    func decisions() async throws -> [RemediationDecision] {
        let info = try await bus.streamInfo(Streams.remediations.name)
        var decisions: [RemediationDecision] = []
        for sequence in stride(from: max(info.firstSequence, 1), through: info.lastSequence, by: 1) {
            guard let message = try await bus.message(stream: Streams.remediations.name, sequence: sequence) else { continue }
            decisions.append(try RemediationDecision(parsing: message.payload))
        }
        return decisions
    }

    /// Waits until the decisions are of these kinds.
    func decided(_ kinds: RemediationDecision.Kind..., within limit: Duration = .seconds(20)) async throws {
        var last: [RemediationDecision.Kind] = []
        do {
            try await eventually("\(kinds.map(\.rawValue))", within: limit) {
                last = try await decisions().map(\.kind)
                return last == kinds
            }
        } catch {
            throw TestSupportError("\(error); it was \(last.map(\.rawValue))")
        }
    }
}

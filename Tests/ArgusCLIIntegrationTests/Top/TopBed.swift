// What the dashboard looks at in these tests.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport

/// A bus with processes, a process-compose that has them, and an alert-api.
struct TopBed: Sendable {
    let bed: CommandBed
    /// Stands for process-compose.
    let compose: Compose

    /// The stand-in for process-compose, as long as the value lives.
    final class Compose: Sendable {
        let url: String
        let child: ChildProcess
        private let directory: URL

        init() throws {
            directory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-top-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let configuration = directory.appendingPathComponent("processes.json")
            let api = #"echo "first line"; printf '\033[31mred line\033[0m\n'; exec sleep 1000"#
            let processes: JSONValue = .object([
                .init("api", .object([.init("command", .string(api))])),
                .init("worker", .object([.init("command", .string("exec sleep 1000")), .init("namespace", .string("jobs"))])),
            ])
            try Data(JSONValue.object([.init("processes", processes)]).bytes).write(to: configuration)
            let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().path
            let port = try FreePort.next()
            url = "http://127.0.0.1:\(port)"
            child = try ChildProcess(
                executable: "/usr/bin/env",
                arguments: ["python3", repository + "/deploy/compose-standin", "--port", "\(port)", "--config", configuration.path])
        }

        deinit {
            // It ends its processes only when it is asked to end.
            child.terminate()
            for _ in 0..<500 where child.isRunning { usleep(10_000) }
            try? FileManager.default.removeItem(at: directory)
        }
    }

    static func start() async throws -> TopBed {
        let topBed = TopBed(bed: try await CommandBed.start(), compose: try Compose())
        try await topBed.bed.bus.ensure(Streams.processEvents())
        try await eventually("process-compose runs both processes", within: .seconds(20)) {
            try await topBed.processes().count { $0.state.isRunning } == 2
        }
        return topBed
    }

    /// The processes as process-compose has them.
    func processes() async throws -> [ProcessSample.Process] {
        let captured = await bed.run(["process", "list", "--json"], environment: ["COMPOSE_URL": compose.url]).captured
        return (try? ProcessSample(parsing: Array(captured.output.utf8)).processes) ?? []
    }

    /// Runs `body` while samples of what process-compose has are sent as process-adapter sends them.
    func sampling(_ body: () async throws -> Void) async throws {
        let sender = Task {
            while !Task.isCancelled {
                if let processes = try? await processes(), !processes.isEmpty {
                    let sample = ProcessSample(instance: "", at: .now(), processes: processes)
                    try? bed.bus.send(sample.json, to: Subjects.processSamples(instance: ""))
                }
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        defer { sender.cancel() }
        try await body()
    }

    /// A terminal whose shell has all that `argus top` needs in its variables.
    func terminal(width: Int = 80, height: Int = 24, edge: String = "http://127.0.0.1:9", _ more: [String: String] = [:]) async throws
        -> TmuxTerminal
    {
        let variables = ["NATS_URL": bed.server.url, "COMPOSE_URL": compose.url, "ARGUS_URL": edge]
        return try await TmuxTerminal.start(width: width, height: height, environment: variables.merging(more) { $1 })
    }
}

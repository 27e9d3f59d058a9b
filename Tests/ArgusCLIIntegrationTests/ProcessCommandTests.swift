// `argus process` against the stand-in for process-compose.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import ArgusCLI

struct ProcessCommandTests {
    /// The stand-in with two processes, as long as the value lives.
    private final class StandIn: Sendable {
        let url: String
        private let child: ChildProcess

        init() async throws {
            let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().path
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-standin-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let configuration = directory.appendingPathComponent("processes.json")
            let text = #"{"processes":{"api":{"command":"exec sleep 1000"},"worker":{"command":"exec sleep 1000","namespace":"jobs"}}}"#
            try Data(text.utf8).write(to: configuration)
            let port = try FreePort.next()
            url = "http://127.0.0.1:\(port)"
            child = try ChildProcess(
                executable: "/usr/bin/env",
                arguments: ["python3", repository + "/deploy/compose-standin", "--port", "\(port)", "--config", configuration.path])
            let url = url
            let child = child
            try await eventually("the stand-in runs both processes", within: .seconds(20)) {
                guard child.isRunning else { throw TestSupportError("the stand-in ended") }
                let captured = Captured()
                _ = await captured.run(["process", "list"], environment: ["COMPOSE_URL": url])
                return captured.output.split(separator: "\n").count { $0.contains("Running") } == 2
            }
        }

        func stop() async {
            child.terminate()
            _ = await child.waitForExit(timeout: .seconds(10))
        }
    }

    @Test("Processes are listed, stopped, started, restarted and scaled, and the intent is announced")
    func commands() async throws {
        let bed = try await CommandBed.start()
        let standIn = try await StandIn()
        let environment = ["COMPOSE_URL": standIn.url]
        let intents = bed.bus.subscribe(to: Subjects.processIntents, capacity: 10)
        var announced = intents.makeAsyncIterator()
        try await bed.bus.flush()

        func list() async throws -> [ProcessSample.Process] {
            let (_, captured) = await bed.run(["process", "list", "--json"], environment: environment)
            return try ProcessSample(parsing: Array(captured.output.utf8)).processes
        }
        #expect(try await list().map { "\($0.state.namespace)/\($0.state.name)" } == ["default/api", "jobs/worker"])

        let (stopped, captured) = await bed.run(["process", "stop", "jobs/worker"], environment: environment)
        #expect(stopped == .success)
        #expect(captured.output == "stopped jobs/worker\n" && captured.errors.isEmpty)
        #expect(ProcessIntent(parsing: await announced.next()?.payload ?? []) == ProcessIntent(namespace: "jobs", name: "worker"))
        #expect(try await list().map(\.state.isRunning) == [true, false])

        #expect(await bed.run(["process", "start", "worker"], environment: environment).status == .success)
        try await eventually("it runs again") { try await list().allSatisfy { $0.state.isRunning } }

        let before = try await list()[0].state.pid
        let (restarted, json) = await bed.run(["process", "restart", "api", "--json"], environment: environment)
        #expect(restarted == .success)
        #expect(json.output == #"{"namespace":"default","process":"api","action":"restarted"}"# + "\n")
        #expect(ProcessIntent(parsing: await announced.next()?.payload ?? [])?.name == "api")
        try await eventually("it has another pid") { try await list()[0].state.pid != before }

        #expect(await bed.run(["process", "scale", "worker", "3"], environment: environment).status == .success)
        try await eventually("there are three") { try await list().map(\.state.name) == ["api", "worker-0", "worker-1", "worker-2"] }
        await standIn.stop()
    }

    @Test("A process that is not there, and a bus or process-compose that is away, are told apart")
    func failures() async throws {
        let standIn = try await StandIn()
        let missing = Captured()
        #expect(await missing.run(["process", "stop", "nobody"], environment: ["COMPOSE_URL": standIn.url]) == .notFound)
        #expect(missing.errors.contains("it has default/api, jobs/worker"))
        let nowhere = "nats://127.0.0.1:\(try FreePort.next())"
        let noBus = Captured()
        #expect(await noBus.run(["process", "stop", "api", "--nats-url", nowhere], environment: ["COMPOSE_URL": standIn.url]) == .success)
        #expect(noBus.output == "stopped default/api\n" && noBus.errors.contains("could not be announced"))
        await standIn.stop()
        let away = Captured()
        #expect(await away.run(["process", "list"], environment: ["COMPOSE_URL": standIn.url]) == .unreachable)
        #expect(away.errors == "argus: process-compose at \(standIn.url) does not answer: Connection refused\n")
    }
}

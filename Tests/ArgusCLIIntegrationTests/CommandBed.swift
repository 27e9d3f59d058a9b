// A bus, and commands that run against it.

import ArgusBus
import ArgusShared
import Foundation
import Logging
import TestSupport

@testable import ArgusCLI

/// A real bus and a connection to it.
struct CommandBed: Sendable {
    let server: NATSServer
    let bus: Bus

    static let logger = Logger(label: "cli-tests") { _ in SwiftLogNoOpLogHandler() }

    static func start() async throws -> CommandBed {
        let server = try await NATSServer.start()
        let bus = try await Bus.connect(BusConfiguration(servers: [server.url], name: "cli-tests"), logger: logger)
        return CommandBed(server: server, bus: bus)
    }

    /// Runs a command line that ends by itself.
    func run(_ arguments: [String], environment: [String: String] = [:]) async -> (status: CommandStatus, captured: Captured) {
        let captured = Captured()
        let status = await captured.run(arguments, environment: environment.merging(["NATS_URL": server.url]) { $1 })
        return (status, captured)
    }

    /// Runs a command line that follows something while `body` runs, then interrupts it; returns how it ended.
    func following(_ arguments: [String], _ body: (Captured) async throws -> Void) async throws -> CommandStatus {
        let captured = Captured()
        let url = server.url
        let task = Task { await captured.run(arguments, environment: ["NATS_URL": url]) }
        do {
            try await body(captured)
        } catch {
            task.cancel()
            _ = await task.value
            throw TestSupportError("\(error); output: \(captured.output); errors: \(captured.errors)")
        }
        task.cancel()
        return await task.value
    }

    /// Publishes an event of a process, as process-adapter does.
    func publish(_ kind: ProcessEvent.Kind, _ name: String, namespace: String = "default", code: Int64? = nil) async throws {
        var event = ProcessEvent(kind, state: ProcessState(name: name, namespace: namespace, status: "Running"), at: .now())
        event.exitCode = code
        _ = try await bus.publish(event.json, to: event.subject)
    }
}

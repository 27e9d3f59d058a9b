// The SDK's example: a small orchestrator that reports what it runs.

import ArgumentParser
import ArgusBus
import ArgusObserver
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

@main
struct ObserverExample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observer-example",
        abstract: "Runs a workflow again and again, and reports each run to Argus.",
        discussion: """
            Its runs show at /api/runs of an Argus suite, and each of them as a trace. A run that is interrupted is reported as cancelled.
            """)

    @Option(name: .customLong("nats-url"), help: "The bus (NATS_URL; nats://127.0.0.1:4222).")
    var natsURL: String?

    @Option(help: ArgumentHelp("How many runs; without it, it goes on until it is stopped.", valueName: "count"))
    var runs: Int?

    @Option(help: ArgumentHelp("The pause between two runs.", valueName: "seconds"))
    var interval = 10.0

    @Option(help: ArgumentHelp("How many of the runs fail, from 0 to 1.", valueName: "share"))
    var failureRate = 0.25

    func validate() throws {
        guard (runs ?? 1) > 0 else { throw ValidationError("--runs must be 1 or more.") }
        guard (0...86_400).contains(interval) else { throw ValidationError("--interval must be from 0 to 86400.") }
        guard (0...1).contains(failureRate) else { throw ValidationError("--failure-rate must be from 0 to 1.") }
    }

    func run() async throws {
        let logger = Logger(label: "observer-example")
        let url = natsURL ?? ProcessInfo.processInfo.environment["NATS_URL"] ?? "nats://127.0.0.1:4222"
        let bus = try await Bus.connect(BusConfiguration(servers: [url], name: "observer-example"), logger: logger)

        // Begins to work at once. As the first service of the group it is closed last, when nobody emits any more.
        let observer = Observer(connection: bus, logger: logger)
        let orchestrator = Orchestrator(
            observer: observer, export: OrdersExport(failureRate: failureRate), runs: runs, interval: .seconds(interval), logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: observer),
                    .init(service: orchestrator, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()

        let statistics = observer.statistics
        logger.info("reported", metadata: ["events": "\(statistics.published)", "unsent": "\(statistics.emitted - statistics.published)"])
        await bus.drain()
    }
}

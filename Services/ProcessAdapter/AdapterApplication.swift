// Puts the adapter together.

import ArgusBus
import ArgusService
import ArgusShared
import AsyncHTTPClient
import ProcessCompose
import ServiceLifecycle

/// The adapter, ready to run.
struct AdapterApplication: Sendable {
    let application: ServiceApplication
    let server: HTTPServer

    /// A dependency does not answer as it should.
    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// Connects to the bus, creates what is missing on it, and builds the parts.
    static func build(_ bootstrap: ServiceBootstrap) async throws -> AdapterApplication {
        let settings = AdapterSettings(bootstrap.settings)
        try bootstrap.settings.validate()
        let bus = try await Bus.connect(BusLifetime.configuration(settings.bus, name: bootstrap.name), logger: bootstrap.logger)
        do {
            try await bus.ensure(Streams.processEvents(maximumAge: settings.maximumAge))
            try await bus.ensure(Buckets.processes)
            if settings.collectsLogs { try await TelemetrySetup.ensure(on: bus) }
            return assemble(bootstrap, settings, bus)
        } catch {
            await bus.drain()
            throw error
        }
    }

    private static func assemble(_ bootstrap: ServiceBootstrap, _ settings: AdapterSettings, _ bus: Bus) -> AdapterApplication {
        let health = bootstrap.health
        health.register("bus") {
            guard bus.status == .connected else { throw NotReady(description: "the event bus cannot be reached") }
        }
        let http = HTTPClientLifetime()
        let lines = settings.collectsLogs ? LogBuffer(bootstrap.metrics) : nil
        var watchers: [any Service] = []
        if let lines { watchers.append(LogShipper(buffer: lines, bus: bus, logger: bootstrap.logger)) }
        for endpoint in settings.endpoints {
            let instance = InstanceHealth()
            let name = endpoint.name.isEmpty ? "process-compose" : "process-compose \(endpoint.name)"
            health.register(name) {
                if let problem = instance.problem { throw NotReady(description: problem) }
            }
            let client = ProcessComposeClient(endpoint: endpoint, token: settings.token?.value, http: http.client)
            let logs = lines.map {
                LogCollector(client: client, buffer: $0, pollInterval: settings.pollInterval, logger: bootstrap.logger)
            }
            if let logs { watchers.append(logs) }
            let metrics = InstanceMetrics(bootstrap.metrics, instance: endpoint.name)
            let inbox = StateInbox()
            watchers.append(
                InstanceWatcher(
                    client: client, bus: bus, pollInterval: settings.pollInterval, metrics: metrics, health: instance, logs: logs,
                    inbox: inbox, logger: bootstrap.logger))
            watchers.append(CommandRunner(client: client, bus: bus, metrics: metrics, inbox: inbox, logger: bootstrap.logger))
        }
        let router = makeRouter(metrics: bootstrap.metrics, health: health)
        let server = makeHTTPServer(router: router, settings: settings.http, metrics: bootstrap.metrics, logger: bootstrap.logger)
        let application = ServiceApplication(bus: [BusLifetime(bus: bus), http], workers: watchers, listeners: [server])
        return AdapterApplication(application: application, server: server)
    }
}

/// An HTTP client as a part of the service.
struct HTTPClientLifetime: Service, CustomStringConvertible {
    let client = HTTPClient(eventLoopGroupProvider: .singleton)

    /// What logs call it.
    var description: String { "HTTP client" }

    /// Waits for shutdown.
    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}

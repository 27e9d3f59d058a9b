// Puts together what every demo service has.

import ArgusBus
public import ArgusService
import ArgusShared
public import Hummingbird
public import Logging
public import ServiceLifecycle
public import Tracing

/// The common parts of a demo service; each adds what makes it itself.
public struct ChaosParts {
    /// Who may use the doors.
    public let auth: AuthPolicy
    /// Starts spans.
    public let tracer: any Tracer
    /// Logs to standard error and to Argus.
    public let logger: Logger
    /// What is measured.
    public let metrics: ChaosMetrics
    /// Delays and fails requests.
    public let misbehaviour: Misbehaviour
    /// The routes.
    public let router: Router<ArgusService.ServiceContext>
    /// The faults in force.
    public let faults: FaultInjector
    private let service: ChaosService
    private let settings: ChaosSettings
    private let registry: MetricsRegistry
    private let telemetry: ChaosTelemetry
    private let health: HealthChecks
    private let bus: Bus

    /// A dependency does not answer as it should.
    private struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// Connects to the bus and builds the parts.
    public static func connect(_ bootstrap: ServiceBootstrap, _ service: ChaosService, _ settings: ChaosSettings) async throws -> ChaosParts
    {
        try bootstrap.settings.validate()
        let bus = try await Bus.connect(BusLifetime.configuration(settings.bus, name: bootstrap.name), logger: bootstrap.logger)
        do {
            try await ChaosBus.ensureStreams(on: bus)
            return try await ChaosParts(bootstrap, service, settings, bus)
        } catch {
            await bus.drain()
            throw error
        }
    }

    private init(_ bootstrap: ServiceBootstrap, _ service: ChaosService, _ settings: ChaosSettings, _ bus: Bus) async throws {
        self.service = service
        self.settings = settings
        self.bus = bus
        registry = bootstrap.metrics
        telemetry = try await ChaosTelemetry.start(bootstrap, bus: bus)
        auth = AuthPolicy(settings: settings.auth)
        tracer = telemetry.tracer
        logger = telemetry.logger
        metrics = ChaosMetrics(registry: bootstrap.metrics)
        faults = FaultInjector(service: service, configured: settings.faults)
        misbehaviour = Misbehaviour(faults: faults, metrics: metrics, logger: telemetry.logger)
        health = bootstrap.health
        router = makeRouter(metrics: bootstrap.metrics, health: health)
        health.register("bus") {
            guard bus.status == .connected else { throw NotReady(description: "the event bus cannot be reached") }
        }
        let faults = faults
        registry.gauge(ChaosMetricName.overridden, help: "Whether other faults than the configured ones are in force.") {
            faults.state.override(at: .now) == nil ? 0 : 1
        }
        FaultDoor(faults: faults, auth: auth).addRoutes(to: router)
    }

    /// An inbox for answers and what makes calls.
    public func makeCaller() -> (client: CallClient, inbox: ReplyInbox) {
        let inbox = ReplyInbox(bus: bus, service: service, logger: logger)
        health.register("answers") {
            guard inbox.isListening else { throw NotReady(description: "answers cannot be received yet") }
        }
        return (CallClient(caller: service, bus: bus, inbox: inbox, tracer: tracer, metrics: metrics), inbox)
    }

    /// What answers calls.
    public func makeCallServer(_ handler: @escaping CallServer.Handler) -> CallServer {
        let server = CallServer(service: service, bus: bus, tracer: tracer, metrics: metrics, logger: logger, handler: handler)
        health.register("calls") {
            guard server.isServing else { throw NotReady(description: "calls cannot be received yet") }
        }
        registerCache { server.cache.count }
        return server
    }

    /// Shows how many answers are remembered.
    public func registerCache(count: @escaping @Sendable () -> Int) {
        registry.gauge(ChaosMetricName.cached, help: "Answers remembered by idempotency key.") { Double(count()) }
    }

    /// The service: the parts and its own workers, the first of which stops last.
    public func application(workers: [any Service]) -> ChaosApplication {
        let server = makeHTTPServer(router: router, settings: settings.http, metrics: registry, logger: logger)
        let application = ServiceApplication(
            bus: [BusLifetime(bus: bus)], workers: telemetry.services + workers, listeners: [server])
        return ChaosApplication(application: application, server: server, faults: faults)
    }
}

/// A demo service, ready to run.
public struct ChaosApplication: Sendable {
    /// All parts.
    public let application: ServiceApplication
    /// Tells the port.
    public let server: HTTPServer
    /// The faults in force.
    public let faults: FaultInjector
}

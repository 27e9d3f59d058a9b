// Puts the gateway together.

import ArgusBus
import ArgusService
import ArgusShared
import Hummingbird
import Logging
import ServiceLifecycle

/// The gateway, ready to run.
struct IngestApplication: Sendable {
    let application: ServiceApplication
    let server: HTTPServer

    /// A dependency does not answer as it should.
    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// Connects to the bus, sets it up if nobody has, and builds the parts.
    static func build(_ bootstrap: ServiceBootstrap) async throws -> IngestApplication {
        let settings = IngestSettings(bootstrap.settings)
        try bootstrap.settings.validate()
        let bus = try await Bus.connect(
            BusLifetime.configuration(settings.bus, name: bootstrap.name), logger: bootstrap.logger)
        do {
            let partitions = try await BusSetup.ensure(on: bus, partitions: settings.partitions, eventBytes: settings.eventBytes)
            return build(bootstrap, settings, bus, partitions: partitions)
        } catch {
            await bus.drain()
            throw error
        }
    }

    private static func build(
        _ bootstrap: ServiceBootstrap, _ settings: IngestSettings, _ bus: Bus, partitions: Int
    ) -> IngestApplication {
        let metrics = IngestMetrics(registry: bootstrap.metrics)
        let configuration = ConfigurationStore(bus: bus, partitions: partitions, logger: bootstrap.logger)
        var batching = PartitionBatcher.Settings()
        batching.linger = settings.linger
        let commit = GroupCommit(
            partitions: partitions, publisher: BusPublisher(bus: bus, partitions: partitions), settings: batching, observer: metrics)
        registerGauges(bootstrap.metrics, configuration: configuration, commit: commit)
        registerBus(bootstrap.metrics, bus: bus)

        addChecks(to: bootstrap.health, bus: bus, configuration: configuration)
        let router = makeRouter(metrics: bootstrap.metrics, health: bootstrap.health)
        let gatekeeper = Gatekeeper(
            auth: AuthPolicy(settings: settings.auth),
            limiter: RateLimiter(perSecond: Double(settings.rateLimit), metrics: bootstrap.metrics), configuration: configuration)
        let ingress = Ingress(configuration: configuration, commit: commit, metrics: metrics)
        addRoutes(router, gatekeeper, ingress, settings)
        let bridges = BridgeService(
            bus: bus, configuration: configuration, partitions: partitions, metrics: bootstrap.metrics, observer: metrics,
            logger: bootstrap.logger)
        let server = makeHTTPServer(
            router: router, direct: [EventDoor(gatekeeper: gatekeeper, ingress: ingress).directRoute], settings: settings.http,
            metrics: bootstrap.metrics, logger: bootstrap.logger)
        let application = ServiceApplication(
            bus: [BusLifetime(bus: bus)], workers: [configuration, GroupCommitService(commit: commit), bridges], listeners: [server])
        return IngestApplication(application: application, server: server)
    }

    private static func addRoutes(
        _ router: Router<ServiceContext>, _ gatekeeper: Gatekeeper, _ ingress: Ingress, _ settings: IngestSettings
    ) {
        let event = EventDoor(gatekeeper: gatekeeper, ingress: ingress)
        let batch = BatchDoor(gatekeeper: gatekeeper, ingress: ingress)
        let pagerDuty = PagerDutyDoor(gatekeeper: gatekeeper, ingress: ingress)
        let alertmanager = AlertmanagerDoor(
            gatekeeper: gatekeeper, ingress: ingress, resolveTimeout: settings.resolveTimeout.components.seconds * 1000)
        router.post("/v1/events") { request, _ in try await event.respond(to: request) }
        router.post("/v1/events/batch") { request, _ in try await batch.respond(to: request) }
        router.post("/v2/enqueue") { request, _ in try await pagerDuty.respond(to: request) }
        router.post("/api/v2/alerts") { request, _ in try await alertmanager.respond(to: request) }
    }

    private static func addChecks(to health: HealthChecks, bus: Bus, configuration: ConfigurationStore) {
        health.register("bus") {
            guard bus.status == .connected else { throw NotReady(description: "the event bus cannot be reached") }
        }
        health.register("configuration") {
            guard configuration.isLoaded else { throw NotReady(description: "the configuration is being read") }
        }
    }

    private static func registerGauges(_ registry: MetricsRegistry, configuration: ConfigurationStore, commit: GroupCommit) {
        registry.gauge(IngestMetricName.waiting, help: "Events that wait for the bus, those on their way excluded.") {
            Double(commit.depth)
        }
        registry.gauge(IngestMetricName.managers, help: "Event managers known to this gateway.") { Double(configuration.managerCount) }
    }
}

extension IngestApplication {
    private static func registerBus(_ registry: MetricsRegistry, bus: Bus) {
        registry.counter(IngestMetricName.busReconnects, help: "Connections to the bus after the first.") {
            Double(bus.metrics.reconnects)
        }
        registry.gauge(IngestMetricName.busOutstanding, help: "Publishes and requests that wait for the bus's answer.") {
            Double(bus.metrics.outstanding + bus.metrics.waiting)
        }
        registry.counter(IngestMetricName.busUnanswered, help: "Publishes and requests that the bus did not answer.") {
            Double(bus.metrics.unanswered)
        }
    }
}

/// The batchers as a part of the service: they stop after the listeners, when nothing waits any more.
struct GroupCommitService: Service, CustomStringConvertible {
    let commit: GroupCommit

    /// What logs call it.
    var description: String { "group-commit" }

    /// Publishes until shutdown, and then what still waits.
    func run() async throws {
        await withGracefulShutdownHandler {
            await commit.runBatchers()
        } onGracefulShutdown: {
            commit.stop()
        }
    }
}

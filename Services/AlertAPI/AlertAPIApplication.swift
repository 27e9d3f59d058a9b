// Puts alert-api together.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusStorage
import Hummingbird
import Logging

/// alert-api, ready to run.
struct AlertAPIApplication: Sendable {
    let application: ServiceApplication
    let server: HTTPServer

    /// A dependency does not answer as it should.
    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// Connects to the bus, sets it up if nobody has, opens the database, and builds the parts.
    static func build(_ bootstrap: ServiceBootstrap) async throws -> AlertAPIApplication {
        let settings = AlertAPISettings(bootstrap.settings)
        try bootstrap.settings.validate()
        let database = try await DatabaseLifetime.open(settings.storage, logger: bootstrap.logger)
        do {
            let bus = try await Bus.connect(
                BusLifetime.configuration(settings.bus, name: bootstrap.name), logger: bootstrap.logger)
            do {
                let partitions = try await BusSetup.ensure(on: bus, partitions: settings.partitions, eventBytes: settings.eventBytes)
                try await bus.ensure(Consumers.notifier)
                return assemble(bootstrap, settings, bus, database, partitions: partitions)
            } catch {
                await bus.drain()
                throw error
            }
        } catch {
            await database.close()
            throw error
        }
    }

    private static func assemble(
        _ bootstrap: ServiceBootstrap, _ settings: AlertAPISettings, _ bus: Bus, _ database: any Database, partitions: Int
    ) -> AlertAPIApplication {
        let metrics = bootstrap.metrics
        let logger = bootstrap.logger
        let store = ConfigurationStore(bus: bus, logger: logger)
        let queries = AlertQueries(database: database)
        let deadLetters = DeadLetters(bus: bus, metrics: metrics, logger: logger)
        let hub = ChangeHub()
        let publisher = EventPublisher(bus: bus, partitions: partitions)
        let webhooks = WebhookPolicy(allowsPrivate: settings.webhooks.allowsPrivate)
        let projection = Projection(
            bus: bus, database: database, store: store,
            notifications: NotificationPublisher(
                bus: bus, store: store, queries: queries, deadLetters: deadLetters, metrics: metrics, logger: logger),
            deadLetters: deadLetters, hub: hub, partitions: partitions, metrics: metrics, logger: logger)
        let notifier = Notifier(
            bus: bus, store: store, client: WebhookClient(policy: webhooks, timeout: settings.webhooks.timeout),
            bodies: WebhookBodies(externalURL: settings.externalURL), deadLetters: deadLetters, retryFor: settings.webhooks.retryFor,
            metrics: metrics, logger: logger)
        let sweep = OrphanSweep(store: store, queries: queries, publisher: publisher, metrics: metrics, logger: logger)
        let retention = Retention(database: database, retention: settings.retention, metrics: metrics, logger: logger)

        metrics.gauge(MetricNames.streamClients, help: "Clients that follow the stream of changes.") { Double(hub.count) }
        let slowClients = metrics.counter(MetricNames.streamDropped, help: "Followers disconnected because they were too slow.")
        addChecks(to: bootstrap.health, bus, database, store, projection.health)
        let router = makeRouter(metrics: metrics, health: bootstrap.health)
        let access = Access(
            policy: AuthPolicy(settings: settings.auth),
            limiter: RateLimiter(perSecond: Double(settings.rateLimit), metrics: metrics))
        StreamRoutes(hub: hub, bus: bus, limit: settings.streamClients, slowClients: slowClients, logger: logger)
            .add(to: router, access: access)
        AlertRoutes(queries: queries, store: store, publisher: publisher).add(to: router, access: access)
        ManagerRoutes(store: store, queries: queries, webhooks: webhooks, sweep: sweep).add(to: router, access: access)
        RuleRoutes(store: store).add(to: router, access: access)
        BridgeRoutes(store: store).add(to: router, access: access)
        let server = makeHTTPServer(router: router, settings: settings.http, metrics: metrics, logger: logger)
        let application = ServiceApplication(
            bus: [BusLifetime(bus: bus)], storage: [DatabaseLifetime(database: database)],
            workers: [store, projection, notifier, sweep, retention], listeners: [server])
        return AlertAPIApplication(application: application, server: server)
    }

    private static func addChecks(
        to health: HealthChecks, _ bus: Bus, _ database: any Database, _ store: ConfigurationStore, _ projection: ProjectionHealth
    ) {
        health.register("bus") {
            guard bus.status == .connected else { throw NotReady(description: "the event bus cannot be reached") }
        }
        health.register("database", timeout: .seconds(3)) { try await database.ping() }
        health.register("configuration") {
            guard store.isLoaded else { throw NotReady(description: "the configuration is being read") }
        }
        health.register("projection") { try projection.check() }
    }
}

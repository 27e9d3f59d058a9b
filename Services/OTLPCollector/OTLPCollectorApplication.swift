// Puts otlp-collector together.

import ArgusBus
import ArgusService
import ArgusShared
import ArgusStorage
import Hummingbird
import Logging
import ServiceLifecycle

/// otlp-collector, ready to run.
struct OTLPCollectorApplication: Sendable {
    let application: ServiceApplication
    let server: HTTPServer
    let receivers: Receivers

    /// A dependency does not answer as it should.
    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// Connects to the bus, sets it up if nobody has, and builds the parts. The database need not be there: telemetry is taken in and
    /// waits on the bus and in dead-letter files.
    static func build(_ bootstrap: ServiceBootstrap) async throws -> OTLPCollectorApplication {
        let settings = CollectorSettings(bootstrap.settings)
        try bootstrap.settings.validate()
        let console = try settings.consoleDirectory.map { try ConsoleFiles(directory: $0) }
        let database = CollectorDatabase(
            storage(settings.storage, name: bootstrap.name), migrations: TelemetrySchema.migrations + RunSchema.migrations,
            metrics: bootstrap.metrics,
            logger: bootstrap.logger)
        do {
            if try await !database.open() {
                bootstrap.logger.warning("the database does not answer yet: telemetry is taken in without it")
            }
            let bus = try await Bus.connect(
                BusLifetime.configuration(settings.bus, name: bootstrap.name), logger: bootstrap.logger)
            do {
                try await TelemetrySetup.ensure(on: bus, maximumBytes: settings.telemetryBytes)
                try await bus.ensure(Streams.deadLetters)
                return Assembly(bootstrap: bootstrap, settings: settings, bus: bus, database: database, console: console).application()
            } catch {
                await bus.drain()
                throw error
            }
        } catch {
            await database.close()
            throw error
        }
    }

    private static func storage(_ settings: StorageSettings, name: String) -> StorageConfiguration {
        var configuration = StorageConfiguration(
            driver: settings.driver == .postgres ? .postgres : .sqlite, dsn: settings.dsn.value)
        configuration.applicationName = name
        configuration.statementTimeout = .seconds(60)
        // Random trace identifiers touch many pages: writing each back seldom halves the cost of storing spans.
        configuration.checkpointPages = 16_000
        return configuration
    }
}

/// The parts of a collector and how they hang together.
private struct Assembly {
    let bootstrap: ServiceBootstrap
    let settings: CollectorSettings
    let bus: Bus
    let database: CollectorDatabase
    let auth: AuthPolicy
    let receivers: Receivers
    let writing: WritingParts
    let runs: RunParts
    let processes: ProcessParts
    let live: LiveParts
    let insight: InsightService?
    let rates: RateMeter
    let console: ConsoleFiles?

    private var metrics: MetricsRegistry { bootstrap.metrics }
    private var logger: Logger { bootstrap.logger }

    init(
        bootstrap: ServiceBootstrap, settings: CollectorSettings, bus: Bus, database: CollectorDatabase, console: ConsoleFiles?
    ) {
        self.bootstrap = bootstrap
        self.console = console
        self.settings = settings
        self.bus = bus
        self.database = database
        auth = AuthPolicy(settings: settings.auth)
        live = LiveParts(database: database, metrics: bootstrap.metrics, logger: bootstrap.logger)
        receivers = Receivers.make(
            settings: ReceiverSettings(settings.doors), publisher: BusTelemetryPublisher(bus), registry: bootstrap.metrics, auth: auth,
            logger: bootstrap.logger)
        writing = WritingParts(
            bus: bus, database: database, settings: settings, metrics: bootstrap.metrics, logger: bootstrap.logger,
            onCommit: { [hub = live.hub] summary in
                if summary.signal == .logs { hub.logsWereStored() }
            })
        runs = RunParts(
            bus: bus, database: database, logs: writing.logs,
            times: RunTimes(lostAfter: settings.runLostAfter, age: settings.retention.age), metrics: bootstrap.metrics,
            logger: bootstrap.logger)
        processes = ProcessParts(bus: bus, metrics: bootstrap.metrics, logger: bootstrap.logger)
        insight = settings.insight.provider.map { provider in
            InsightService(
                client: ChatClient(provider: provider, timeout: settings.insight.timeout),
                facts: StoredInsightFacts(logs: LogQueries(database: database), traces: TraceQueries(database: database)),
                perMinute: settings.insight.perMinute, metrics: bootstrap.metrics)
        }
        rates = RateMeter(counters: [IngestionCounters.stored(bootstrap.metrics), IngestionCounters.accepted(bootstrap.metrics)])
    }

    func application() -> OTLPCollectorApplication {
        let health = health()
        registerGauges()
        let router = makeRouter(metrics: metrics, health: health)
        addRoutes(to: router, health)
        let server = makeHTTPServer(router: router, settings: settings.http, metrics: metrics, logger: logger)
        let insight: [any Service] = insight.map { [$0] } ?? []
        let application = ServiceApplication(
            bus: [BusLifetime(bus: bus)], storage: [database],
            workers: writing.services + runs.services + processes.services + receivers.workers + [live.hub, rates] + insight,
            listeners: receivers.listeners + [server])
        return OTLPCollectorApplication(application: application, server: server, receivers: receivers)
    }

    private func addRoutes(to router: Router<ServiceContext>, _ health: HealthChecks) {
        let access = Access(policy: auth, limiter: RateLimiter(perSecond: Double(settings.rateLimit), metrics: metrics))
        if let console { ConsoleRoutes(files: console).add(to: router) } else { IndexRoute.add(to: router) }
        QueryRoutes(database: database, retention: settings.retention).add(to: router, access: access)
        JaegerRoutes(database: database).add(to: router, access: access)
        runs.routes.add(to: router, access: access)
        processes.routes.add(to: router, access: access)
        writing.routes.add(to: router, access: access)
        LiveRoutes(hub: live.hub, source: live.source, settings: settings.live, metrics: live.metrics, logger: logger)
            .add(to: router, access: access)
        InsightRoutes(service: insight).add(to: router, access: access)
        HealthRoutes(health: { await collectorHealth(health) }).add(to: router, access: access)
        FleetRoutes(fleet: FleetReader(bus: bus)).add(to: router, access: access)
        AdministrationRoutes(database: database, logger: logger) { [telemetry = writing.store, runs = runs.store] in
            let deleted = try await telemetry.purge()
            return PurgeCounts(
                traces: Int64(deleted.traces), spans: Int64(deleted.spans), logs: Int64(deleted.logs), runs: Int64(try await runs.purge()))
        }.add(to: router, access: access)
    }

    private func registerGauges() {
        metrics.gauge(MetricNames.activeConnections, help: "Open connections of all doors.") { Double(connections()) }
        metrics.gauge(MetricNames.storedPerSecond, help: "Spans and log records stored per second, over the last minute.") {
            rates.rate(0)
        }
        metrics.gauge(
            MetricNames.acceptedPerSecond, help: "Spans and log records that the doors accepted per second, over the last minute."
        ) {
            rates.rate(1)
        }
        metrics.gauge(MetricNames.databaseLatencyP99, help: "Time within which 99 of 100 transactions of the last minute ended.") {
            database.latency.quantile(0.99).map { $0 / .seconds(1) }
        }
    }

    private func health() -> HealthChecks {
        let health = bootstrap.health
        health.register("bus") { [bus] in
            guard bus.status == .connected else {
                throw OTLPCollectorApplication.NotReady(description: "the event bus cannot be reached")
            }
        }
        health.register("database", timeout: .seconds(3)) { [database] in try await database.ping() }
        health.register("writing") { [outage = writing.outage] in try outage.check() }
        health.register("dead_letters") { [deadLetters = writing.deadLetters] in try deadLetters.check() }
        return health
    }

    private func connections() -> Int {
        let own = metrics.gauge(MetricName.httpConnections).value + live.metrics.clients.value
        return Int(own) + receivers.connections
    }

    private func collectorHealth(_ health: HealthChecks) async -> CollectorHealth {
        let failing = await health.run().compactMap { outcome in outcome.failure.map { (name: outcome.name, reason: $0) } }
        let pending = OTLPSignal.allCases.map { metrics.gauge(WriterMetricNames.pending, labels: [("signal", $0.text)]).value }
        return CollectorHealth(
            failing: failing, ingestionRate: rates.rate(0), acceptedRate: rates.rate(1),
            deadLetters: writing.deadLetters.pendingFiles, asideDeadLetters: Int(metrics.gauge(WriterMetricNames.asideFiles).value),
            connections: connections(), liveClients: live.hub.count, databaseLatency: database.latency.quantile(0.99),
            pendingMessages: Int(pending.reduce(0, +)), hasInsight: insight != nil)
    }
}

/// What writes telemetry, and keeps it within bounds.
private struct WritingParts {
    let store: TelemetryStore
    let outage: DatabaseOutage
    let deadLetters: DeadLetterDirectory
    let routes: DeadLetterRoutes
    let logs: BatchStore<LogSink>
    let services: [any Service]

    init(
        bus: Bus, database: any Database, settings: CollectorSettings, metrics: MetricsRegistry, logger: Logger,
        onCommit: @escaping @Sendable (WriteSummary) -> Void
    ) {
        store = TelemetryStore(database: database)
        outage = DatabaseOutage(patience: settings.deadLetters.after, logger: logger)
        deadLetters = DeadLetterDirectory(
            files: DeadLetterFiles(directory: settings.deadLetters.directory), metrics: metrics, logger: logger)
        let spans = BatchStore(
            sink: SpanSink(store: store), metrics: WriterMetrics(metrics, signal: .traces), onCommit: onCommit)
        logs = BatchStore(sink: LogSink(store: store), metrics: WriterMetrics(metrics, signal: .logs), onCommit: onCommit)
        let replay = DeadLetterReplay(
            directory: deadLetters, stores: [spans, logs], outage: outage, interval: settings.deadLetters.replayInterval,
            metrics: metrics, logger: logger)
        routes = DeadLetterRoutes(directory: deadLetters, replay: replay, outage: outage)
        services = [
            TelemetryRetention(store: store, age: settings.retention.age, bytes: settings.retention.bytes, logger: logger),
            RollupCompaction(store: store, logger: logger),
            replay,
            TelemetryWriter(
                bus: bus, consumer: Consumers.traceWriter, store: spans, outage: outage, deadLetters: deadLetters, logger: logger),
            TelemetryWriter(
                bus: bus, consumer: Consumers.logWriter, store: logs, outage: outage, deadLetters: deadLetters, logger: logger),
        ]
    }
}

/// What shows logs as they come.
private struct LiveParts {
    let source: StoredLiveSource
    let hub: LiveHub
    let metrics: LiveMetrics

    init(database: any Database, metrics: MetricsRegistry, logger: Logger) {
        source = StoredLiveSource(database: database)
        hub = LiveHub(source: source, logger: logger)
        self.metrics = LiveMetrics(metrics)
    }
}

/// The counters that the rates of health are made of.
private enum IngestionCounters {
    static func stored(_ metrics: MetricsRegistry) -> @Sendable () -> UInt64 {
        let counters = OTLPSignal.allCases.map { metrics.counter(WriterMetricNames.stored, labels: [("signal", $0.text)]) }
        return { counters.reduce(0) { $0 + $1.value } }
    }

    static func accepted(_ metrics: MetricsRegistry) -> @Sendable () -> UInt64 {
        let counters = ExportSignal.allCases.flatMap { signal in
            ExportTransport.allCases.map { transport in
                metrics.counter(MetricNames.ingestionRate, labels: [("signal", signal.rawValue), ("transport", transport.rawValue)])
            }
        }
        return { counters.reduce(0) { $0 + $1.value } }
    }
}

extension ReceiverSettings {
    fileprivate init(_ doors: DoorSettings) {
        self.init(
            host: doors.host, grpcPort: doors.grpcPort, httpPort: doors.httpPort, maximumRequest: doors.maximumRequest,
            maximumInFlight: doors.maximumInFlight, corsOrigins: doors.corsOrigins)
    }
}

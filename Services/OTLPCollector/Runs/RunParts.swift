// Everything of runs and of processes' logs, for whoever assembles the collector.

import ArgusBus
import ArgusService
import ArgusStorage
import Logging
import ServiceLifecycle

/// What makes runs and logs of what orchestrators and process-adapter report.
struct RunParts: Sendable {
    let store: RunStore
    let services: [any Service]
    let routes: RunRoutes

    /// - Parameter logs: the store of logs.
    init(
        bus: Bus, database: any Database, logs: some MessageStore, times: RunTimes, metrics: MetricsRegistry, logger: Logger
    ) {
        store = RunStore(database: database)
        services = [
            RunTracker(bus: bus, store: store, times: times, metrics: metrics, logger: logger),
            ProcessLogWriter(bus: bus, store: logs, metrics: metrics, logger: logger),
        ]
        routes = RunRoutes(database: database)
    }
}

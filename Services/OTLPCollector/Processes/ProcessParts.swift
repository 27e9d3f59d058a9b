// Everything of processes, for whoever assembles the collector.

import ArgusBus
import ArgusService
import Logging
import ServiceLifecycle

/// What knows of supervised processes.
struct ProcessParts: Sendable {
    let services: [any Service]
    let routes: ProcessRoutes

    init(bus: Bus, metrics: MetricsRegistry, logger: Logger) {
        let mirror = ProcessMirror()
        metrics.gauge("argus_process_events_known", help: "Changes of processes kept in memory.") { Double(mirror.eventCount) }
        services = [ProcessFeed(bus: bus, mirror: mirror, logger: logger)]
        routes = ProcessRoutes(bus: bus, mirror: mirror, logger: logger)
    }
}

// Where a demo service's spans and logs go: to Argus, over the bus.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusTelemetry
import Logging
import ServiceLifecycle
import Tracing

/// The tracer and logger of a demo service.
struct ChaosTelemetry: Sendable {
    let tracer: any Tracer
    /// Logs to standard error and to Argus.
    let logger: Logger
    /// What sends. It starts before everything that has something to tell, and stops after it.
    let services: [any Service]

    static func start(_ bootstrap: ServiceBootstrap, bus: Bus) async throws -> ChaosTelemetry {
        try await TelemetrySetup.ensure(on: bus)
        let exporter = TelemetryExporter(
            bus: bus, resource: .service(name: bootstrap.name, version: bootstrap.version), scope: bootstrap.name,
            version: bootstrap.version, logger: bootstrap.logger)
        register(exporter, in: bootstrap.metrics)
        return ChaosTelemetry(
            tracer: exporter.tracer, logger: exporter.logger(alongside: bootstrap.logger), services: [exporter])
    }

    private static func register(_ exporter: TelemetryExporter, in registry: MetricsRegistry) {
        let signals: [(name: String, counts: @Sendable (TelemetryMetrics) -> (exported: UInt64, dropped: UInt64))] = [
            ("traces", { ($0.exportedSpans, $0.droppedSpans) }), ("logs", { ($0.exportedLogs, $0.droppedLogs) }),
        ]
        for (name, counts) in signals {
            registry.counter(
                ChaosMetricName.exported, help: "Spans and log records that the bus took.", labels: [("signal", name)]
            ) { Double(counts(exporter.metrics).exported) }
            registry.counter(
                ChaosMetricName.dropped, help: "Spans and log records that were lost because the bus did not take them.",
                labels: [("signal", name)]
            ) { Double(counts(exporter.metrics).dropped) }
        }
    }
}

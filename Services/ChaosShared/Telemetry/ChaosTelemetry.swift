// Where a demo service's spans and logs go: to Argus, over the bus.

import ArgusBus
import ArgusService
import Logging
import ServiceLifecycle
import Tracing

/// The tracer and logger of a demo service.
struct ChaosTelemetry: Sendable {
    let tracer: any Tracer
    let logger: Logger
    /// What sends, before everything that has something to send.
    let services: [any Service]

    static func start(_ bootstrap: ServiceBootstrap, bus: Bus) async throws -> ChaosTelemetry {
        try await TelemetrySetup.ensure(on: bus)
        return ChaosTelemetry(tracer: NoOpTracer(), logger: bootstrap.logger, services: [])
    }
}

// Puts otlp-collector together.

import ArgusService

/// otlp-collector, ready to run.
struct OTLPCollectorApplication: Sendable {
    let application: ServiceApplication
    let server: HTTPServer

    /// Builds the parts.
    static func build(_ bootstrap: ServiceBootstrap) async throws -> OTLPCollectorApplication {
        let settings = CollectorSettings(bootstrap.settings)
        try bootstrap.settings.validate()
        let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
        let server = makeHTTPServer(router: router, settings: settings.http, metrics: bootstrap.metrics, logger: bootstrap.logger)
        return OTLPCollectorApplication(application: ServiceApplication(listeners: [server]), server: server)
    }
}

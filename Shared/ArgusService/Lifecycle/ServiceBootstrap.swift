// What a service's builder gets.

import ArgusShared
public import Logging

/// What exists before a service is built: its configuration, logger and metrics.
public struct ServiceBootstrap: Sendable {
    /// Name of the service.
    public let name: String
    /// Version of the service.
    public let version: String
    /// The configuration; the builder reads it and then calls `validate()`.
    public let settings: ServiceSettings
    /// The metrics of the process.
    public let metrics: MetricsRegistry
    /// The service's logger.
    public let logger: Logger
    /// What the service depends on: `/readyz` answers it, and the status on the bus carries it.
    public let health = HealthChecks()

    /// Creates a bootstrap.
    public init(name: String, version: String, settings: ServiceSettings, metrics: MetricsRegistry, logger: Logger) {
        self.name = name
        self.version = version
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
    }

    /// A bootstrap over given variables that leaves the process's logging and metrics systems alone.
    ///
    /// - Parameters:
    ///   - environment: The variables.
    ///   - logLevel: Lowest level written to standard error.
    public static func testing(
        name: String, environment: [String: String] = [:], defaults: [String: String] = [:], logLevel: Logger.Level = .error
    ) -> ServiceBootstrap {
        let metrics = MetricsRegistry()
        metrics.registerProcess(service: name, version: SuiteVersion.current)
        let settings = ServiceSettings(environment: environment, defaults: defaults)
        var log = LogSettings(settings)
        log.level = logLevel
        let fixed = log
        let logger = Logger(label: name) { ArgusLogHandler(label: $0, settings: fixed) }
        return ServiceBootstrap(name: name, version: SuiteVersion.current, settings: settings, metrics: metrics, logger: logger)
    }
}

// Runs a service from its `@main`: configuration, logging, metrics, parts, signals, exit code.

public import ArgusShared
import Foundation
import Logging
import Metrics

/// Runs a service until SIGTERM or SIGINT. A failure is printed in one sentence on standard error and ends the process with
/// exit code 1.
///
/// - Parameters:
///   - name: Name of the service.
///   - version: Version shown in logs and metrics.
///   - defaults: Default text of each variable the service reads.
///   - flags: Flags that set variables.
///   - build: Reads the configuration, validates it and builds the parts.
public func runService(
    name: String,
    version: String = SuiteVersion.current,
    defaults: [String: String],
    flags: [CommandLineFlag] = [],
    build: @Sendable (ServiceBootstrap) async throws -> ServiceApplication
) async {
    signal(SIGPIPE, SIG_IGN)
    let given = CommandLineFlag.apply(flags, to: ProcessInfo.processInfo.environment, Array(CommandLine.arguments.dropFirst()))
    let settings = ServiceSettings(environment: given.environment, defaults: defaults)
    if let answer = CommandLineAnswer(arguments: given.rest, service: name, version: version, settings: settings, flags: flags) {
        answer.giveAndExit()
    }
    let logSettings = LogSettings(settings)
    LoggingSystem.bootstrap { ArgusLogHandler(label: $0, settings: logSettings) }
    let metrics = MetricsRegistry()
    metrics.registerProcess(service: name, version: version)
    MetricsSystem.bootstrap(metrics)
    let logger = Logger(label: name)
    for variable in settings.unknownVariables {
        logger.warning("unknown variable is ignored", metadata: [LogKey.variable: "\(variable)"])
    }
    do {
        let bootstrap = ServiceBootstrap(name: name, version: version, settings: settings, metrics: metrics, logger: logger)
        let application = try await build(bootstrap).reportingStatus(of: bootstrap)
        try settings.validate()
        logger.info("starting", metadata: [LogKey.version: "\(version)"])
        try await application.run(logger: logger)
        logger.info("stopped")
    } catch {
        let lines = "\(error)".split(separator: "\n").map { "\(name): \($0)\n" }.joined()
        ArgusLogHandler.writeToStandardError(Array(lines.utf8))
        exit(1)
    }
}

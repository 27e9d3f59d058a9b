// The parts of a service in the order in which they start.

public import Logging
public import ServiceLifecycle
public import UnixSignals

/// Everything a service runs. Parts stop in the reverse order, each before the next is told to: listeners first, telemetry last.
public struct ServiceApplication: Sendable {
    /// Time that parts have to stop by themselves before they are cancelled.
    public static let gracefulShutdown: Duration = .seconds(8)
    /// Time that cancelled parts have before the process is ended; with `gracefulShutdown` shorter than a container's grace.
    public static let cancellation: Duration = .seconds(4)

    /// The parts in the order they start.
    public let services: [any Service]

    /// Collects the parts of a service.
    public init(
        telemetry: [any Service] = [], bus: [any Service] = [], storage: [any Service] = [], workers: [any Service] = [],
        listeners: [any Service] = []
    ) {
        services = telemetry + bus + storage + workers + listeners
    }

    /// Runs all parts until a signal or a failure. One part that fails, or ends before it was told to, stops all others.
    ///
    /// - Throws: The error of the part that failed, or `ServiceEndedEarly`.
    public func run(logger: Logger, signals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        try await group(logger: logger, signals: signals).run()
    }

    /// Runs all parts while a body runs, then shuts them down; for tests, which share their process: parts that were cancelled have a
    /// minute, since what is left then ends all tests.
    ///
    /// - Throws: What the body throws, or the error of the part that failed.
    public func withRunning<Result: Sendable>(
        logger: Logger, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let group = group(logger: logger, signals: [], cancellation: .seconds(60))
        return try await withThrowingTaskGroup(of: Result?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask {
                do {
                    let result = try await body()
                    await group.triggerGracefulShutdown()
                    return result
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
            }
            var result: Result?
            while let finished = try await tasks.next() {
                if let finished { result = finished }
            }
            guard let result else { throw CancellationError() }
            return result
        }
    }

    private func group(logger: Logger, signals: [UnixSignal], cancellation: Duration = Self.cancellation) -> ServiceGroup {
        let parts = services.map { service in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: LongRunning(service: service),
                successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup)
        }
        var groupLogger = logger
        groupLogger.logLevel = max(logger.logLevel, .info)
        var configuration = ServiceGroupConfiguration(services: parts, gracefulShutdownSignals: signals, logger: groupLogger)
        configuration.maximumGracefulShutdownDuration = Self.gracefulShutdown
        configuration.maximumCancellationDuration = cancellation
        return ServiceGroup(configuration: configuration)
    }
}

/// A part of a service ended although nothing had told it to.
public struct ServiceEndedEarly: Error, Sendable, CustomStringConvertible {
    /// Which part.
    public let service: String

    /// One sentence.
    public var description: String { "The part \"\(service)\" ended although nothing had told it to." }
}

/// Makes an early end of a service an error.
private struct LongRunning: Service, CustomStringConvertible {
    let service: any Service

    var description: String { "\(service)" }

    func run() async throws {
        try await service.run()
        if !Task.isShuttingDownGracefully, !Task.isCancelled {
            throw ServiceEndedEarly(service: "\(service)")
        }
    }
}

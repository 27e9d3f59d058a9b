// The services' stream, and patience with a bus that comes and goes.

import ArgusBus
import ArgusShared
import Logging
import ServiceLifecycle

/// What calls and answers need of the bus.
enum ChaosBus {
    /// Makes sure that the streams exist. The stream of calls lives in memory: it may be gone after the bus was restarted.
    static func ensureStreams(on bus: Bus) async throws(BusError) {
        try await bus.ensure(Streams.chaos)
        try await bus.ensure(Streams.deadLetters)
    }

    /// Runs a body again and again, with pauses, until it returns because of a shutdown.
    static func keepTrying(_ what: String, logger: Logger, _ body: () async throws -> Void) async throws {
        var pause: Duration = .milliseconds(50)
        while !Task.isShuttingDownGracefully {
            let started = ContinuousClock.now
            do {
                try await body()
            } catch {
                if Task.isShuttingDownGracefully { return }
                try Task.checkCancellation()
                logger.warning("cannot \(what); trying again", metadata: [ChaosLogKey.error: "\(error)"])
            }
            pause = ContinuousClock.now - started > .seconds(5) ? .milliseconds(50) : min(pause * 2, .seconds(1))
            let upcoming = pause
            _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: upcoming) }
        }
    }
}

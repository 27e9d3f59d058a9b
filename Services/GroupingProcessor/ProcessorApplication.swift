// Puts the processor together.

import ArgusBus
import ArgusService
import ArgusShared
import ServiceLifecycle

/// The processor, ready to run.
struct ProcessorApplication: Sendable {
    let application: ServiceApplication
    let server: HTTPServer
    let keeper: LeaseKeeper

    /// A dependency does not answer as it should.
    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// Connects to the bus, sets it up if nobody has, and builds the parts.
    static func build(_ bootstrap: ServiceBootstrap) async throws -> ProcessorApplication {
        let settings = ProcessorSettings(bootstrap.settings)
        try bootstrap.settings.validate()
        var connection = BusLifetime.configuration(settings.bus, name: bootstrap.name)
        // Every partition has a consumer of its own.
        connection.pendingBytes = 16 << 20
        let bus = try await Bus.connect(connection, logger: bootstrap.logger)
        do {
            let partitions = try await BusSetup.ensure(on: bus, partitions: settings.partitions, eventBytes: settings.eventBytes)
            return build(bootstrap, settings, bus, partitions: partitions)
        } catch {
            await bus.drain()
            throw error
        }
    }

    private static func build(
        _ bootstrap: ServiceBootstrap, _ settings: ProcessorSettings, _ bus: Bus, partitions: Int
    ) -> ProcessorApplication {
        let context = WorkContext(
            bus: bus, member: Identifier.make(), settings: settings.work, metrics: ProcessorMetrics(registry: bootstrap.metrics),
            logger: bootstrap.logger)
        let keeper = LeaseKeeper(context: context, partitions: partitions)
        let health = bootstrap.health
        health.register("bus") {
            guard bus.status == .connected else { throw NotReady(description: "the event bus cannot be reached") }
        }
        health.register("membership") {
            guard await keeper.isTakingPart else { throw NotReady(description: "this processor does not take part yet") }
        }
        let router = makeRouter(metrics: bootstrap.metrics, health: health)
        let server = makeHTTPServer(
            router: router, settings: settings.http, metrics: bootstrap.metrics, logger: bootstrap.logger)
        let application = ServiceApplication(
            bus: [BusLifetime(bus: bus)], workers: [LeaseKeeperService(keeper: keeper)], listeners: [server])
        return ProcessorApplication(application: application, server: server, keeper: keeper)
    }
}

/// The membership as a part of the service.
struct LeaseKeeperService: Service, CustomStringConvertible {
    let keeper: LeaseKeeper

    /// What logs call it.
    var description: String { "partitions" }

    /// Takes part until shutdown, and then hands the partitions over.
    func run() async throws {
        await withGracefulShutdownHandler {
            await keeper.run()
        } onGracefulShutdown: {
            keeper.stop()
        }
    }
}

// The options that every command has.

import ArgumentParser
import ArgusBus
import Logging

/// Where the bus and the services are, and how to print.
///
/// A command declares `@OptionGroup var global: GlobalOptions` and uses ``connectBus()``, ``edge`` and ``output``.
struct GlobalOptions: ParsableArguments {
    @OptionGroup(title: "Event bus") var bus: BusOptions
    @OptionGroup(title: "Services") var services: ServiceOptions

    @Flag(name: .long, help: "Print JSON, for programs.")
    var json = false

    /// Problems of the bus are told by errors.
    static let silentLogger = Logger(label: "argus") { _ in SwiftLogNoOpLogHandler() }

    /// What the command prints with.
    var output: Output { Output(json: json) }

    /// The services' APIs.
    var edge: EdgeClient {
        get throws { try EdgeClient(services.addresses(), token: services.checkedToken()) }
    }

    /// Connects to the bus. The caller drains it; see ``withBus(_:)``.
    func connectBus() async throws -> Bus {
        let configuration = try bus.configuration()
        do {
            return try await Bus.connect(configuration, logger: Self.silentLogger)
        } catch {
            guard error.code == .disconnected || error.code == .timeout else { throw error }
            let servers = configuration.servers.joined(separator: ",")
            throw CommandLineError(
                .unreachable, "the event bus at \(servers) does not answer; name another with --nats-url or --context")
        }
    }

    /// Connects to the bus, runs `body`, and ends the connection in good order.
    func withBus<Result>(_ body: (Bus) async throws -> Result) async throws -> Result {
        let bus = try await connectBus()
        do {
            let result = try await body(bus)
            await bus.drain(timeout: .seconds(2))
            return result
        } catch {
            await bus.drain(timeout: .seconds(2))
            throw error
        }
    }
}

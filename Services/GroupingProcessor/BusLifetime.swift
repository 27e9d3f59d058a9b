// Keeps the connection to the bus for as long as anything else runs.

import ArgusBus
import ArgusService
import ServiceLifecycle

/// The bus as a part of the service: first to start, last to stop.
struct BusLifetime: Service, CustomStringConvertible {
    let bus: Bus

    /// What logs call it.
    var description: String { "bus" }

    /// Waits for shutdown and then sends what is on its way.
    func run() async throws {
        try? await gracefulShutdown()
        await bus.drain()
    }

    /// The configuration of a connection.
    static func configuration(_ settings: BusSettings, name: String) -> BusConfiguration {
        var configuration = BusConfiguration(servers: settings.urls, name: name)
        configuration.user = settings.user
        configuration.password = settings.password?.value
        configuration.credentialsFile = settings.credentialsFile
        configuration.nkeySeedFile = settings.nkeySeedFile
        configuration.connectTimeout = .seconds(30)
        // Every partition has a consumer of its own.
        configuration.pendingBytes = 16 << 20
        if settings.tlsCA != nil || settings.tlsCertificate != nil {
            configuration.tls = .init(
                caFile: settings.tlsCA, certificateFile: settings.tlsCertificate, keyFile: settings.tlsKey)
        }
        return configuration
    }
}

// Keeps the connection to the bus for as long as anything else runs.

public import ArgusBus
public import ServiceLifecycle

/// The bus as a part of a service: first to start, last to stop.
public struct BusLifetime: Service, CustomStringConvertible {
    /// The connection.
    public let bus: Bus

    /// The lifetime of a connection that was made.
    public init(bus: Bus) {
        self.bus = bus
    }

    /// What logs call it.
    public var description: String { "bus" }

    /// Waits for shutdown and then sends what is on its way.
    public func run() async throws {
        try? await gracefulShutdown()
        await bus.drain()
    }

    /// The configuration of a connection. With a user, replies come under `_INBOX.<user>`, so that permissions can keep users apart.
    public static func configuration(_ settings: BusSettings, name: String) -> BusConfiguration {
        var configuration = BusConfiguration(servers: settings.urls, name: name)
        configuration.user = settings.user
        configuration.password = settings.password?.value
        configuration.credentialsFile = settings.credentialsFile
        configuration.nkeySeedFile = settings.nkeySeedFile
        configuration.connectTimeout = .seconds(30)
        if let user = settings.user { configuration.inboxPrefix = "_INBOX.\(user)" }
        if settings.tlsCA != nil || settings.tlsCertificate != nil {
            configuration.tls = .init(
                caFile: settings.tlsCA, certificateFile: settings.tlsCertificate, keyFile: settings.tlsKey)
        }
        return configuration
    }
}

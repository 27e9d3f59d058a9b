// What every demo service can be told by its environment.

public import ArgusService

/// The configuration that the three share.
public struct ChaosSettings: Sendable {
    /// The HTTP door.
    public let http: HTTPSettings
    let bus: BusSettings
    let auth: AuthSettings
    let faults: FaultProfile

    /// Reads everything; what is malformed is for `settings.validate()` to tell.
    public init(_ settings: ServiceSettings, service: ChaosService) {
        http = HTTPSettings(settings)
        bus = BusSettings(settings)
        auth = AuthSettings(settings)
        faults = FaultSettings.profile(of: service, settings)
    }
}

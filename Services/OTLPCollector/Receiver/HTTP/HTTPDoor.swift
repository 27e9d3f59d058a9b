// OTLP/HTTP: the pipeline of its connections.

import ArgusService
import NIOCore
import NIOHTTP1

/// What all connections of OTLP/HTTP share.
final class HTTPDoor: Sendable {
    let intake: TelemetryIntake
    let auth: AuthPolicy
    let crossOrigin: CrossOrigin
    let limits: DoorLimits
    let metrics: ReceiverMetrics

    init(intake: TelemetryIntake, auth: AuthPolicy, crossOrigin: CrossOrigin, limits: DoorLimits, metrics: ReceiverMetrics) {
        self.intake = intake
        self.auth = auth
        self.crossOrigin = crossOrigin
        self.limits = limits
        self.metrics = metrics
    }

    /// Sets up a connection.
    func configure(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(IdleStateHandler(readTimeout: limits.idleTimeout))
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
        try pipeline.addHandler(HTTPExportHandler(door: self))
    }
}

/// How long a client may take.
struct DoorLimits: Sendable {
    /// For the body of a request.
    var bodyTimeout: TimeAmount = .seconds(30)
    /// Without saying anything.
    var idleTimeout: TimeAmount = .minutes(5)
    /// For reading an answer that came before the request was complete.
    var lingerTimeout: TimeAmount = .seconds(2)
}

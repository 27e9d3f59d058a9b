// Both doors for OTLP and what is behind them.

import ArgusService
import Logging
import NIOCore
import ServiceLifecycle

/// How the doors behave.
struct ReceiverSettings: Sendable {
    /// Address that both bind to.
    var host = "127.0.0.1"
    /// Port of OTLP/gRPC; 0 takes a free one.
    var grpcPort = 4317
    /// Port of OTLP/HTTP; 0 takes a free one.
    var httpPort = 4318
    /// Bytes of the largest request after decompression.
    var maximumRequest = 64 << 20
    /// Bytes of requests that may be on their way to the bus.
    var maximumInFlight = 128 << 20
    /// Origins whose pages may send from a browser; `*` is any.
    var corsOrigins = ["*"]
    /// Connections of each door.
    var maximumConnections = 4096
    /// How long a request waits for a bus that does not answer.
    var patience: Duration = .seconds(5)
    var limits = DoorLimits()
    var rules = GroupCommitRules()
}

/// The receiving half of otlp-collector.
///
/// Run `workers` before and `listeners` after what the doors need; stop them in the reverse order.
struct Receivers: Sendable {
    /// OTLP/gRPC.
    let grpc: DoorServer
    /// OTLP/HTTP.
    let http: DoorServer
    /// What keeps rejected items.
    let letters: RejectedItemLetters

    private let budget: ByteBudget

    /// To be run with the workers.
    var workers: [any Service] { [letters] }
    /// To be run with the listeners.
    var listeners: [any Service] { [grpc, http] }
    /// Open connections of both doors.
    var connections: Int { grpc.connections + http.connections }
    /// Bytes of requests on their way to the bus.
    var inFlightBytes: Int { budget.inFlight }

    /// Puts the parts together.
    static func make(
        settings: ReceiverSettings, publisher: any TelemetryPublisher, service: String = ServiceName.otlpCollector,
        registry: MetricsRegistry, auth: AuthPolicy, logger: Logger
    ) -> Receivers {
        let budget = ByteBudget(capacity: settings.maximumInFlight)
        let metrics = ReceiverMetrics(registry: registry, budget: budget)
        let letters = RejectedItemLetters(publisher: publisher, service: service, metrics: metrics, logger: logger)
        var commits: [ExportSignal: TelemetryCommit] = [:]
        for signal in ExportSignal.allCases {
            guard let subject = signal.subject else { continue }
            commits[signal] = TelemetryCommit(
                subject: subject, publisher: publisher, rules: settings.rules, patience: settings.patience, metrics: metrics,
                logger: logger)
        }
        let intake = TelemetryIntake(
            maximumRequest: settings.maximumRequest, budget: budget, commits: commits, letters: letters, publisher: publisher)
        let grpcDoor = GRPCDoor(intake: intake, auth: auth, limits: settings.limits, metrics: metrics)
        let httpDoor = HTTPDoor(
            intake: intake, auth: auth, crossOrigin: CrossOrigin(origins: settings.corsOrigins), limits: settings.limits, metrics: metrics)
        func server(_ name: String, _ port: Int, _ variable: String, _ configure: @escaping @Sendable (any Channel) throws -> Void)
            -> DoorServer
        {
            DoorServer(
                name: name,
                address: .init(host: settings.host, port: port, hostVariable: "OTLP_HOST", portVariable: variable),
                maximumConnections: settings.maximumConnections, logger: logger, configure: configure)
        }
        return Receivers(
            grpc: server("otlp-grpc", settings.grpcPort, "OTLP_GRPC_PORT", grpcDoor.configure),
            http: server("otlp-http", settings.httpPort, "OTLP_HTTP_PORT", httpDoor.configure), letters: letters, budget: budget)
    }
}

// The services that an installation may have.

import ArgusShared

/// A service of the suite, as the doctor knows it.
struct KnownService: Sendable, Hashable {
    /// What an installation is without it.
    enum Role: Sendable, Hashable {
        /// Alerts do not work.
        case essential
        /// It is only missed where `stream` is: somebody has used it on this bus.
        case optional(what: String, stream: String)
        /// It shows what can go wrong, and is missed by nobody.
        case demonstration
    }

    let name: String
    /// Where it answers unless told otherwise.
    let url: String
    let role: Role

    /// In the order in which they are shown.
    static let all = [
        KnownService(name: "ingest-gateway", url: "http://127.0.0.1:8081", role: .essential),
        KnownService(name: "grouping-processor", url: "http://127.0.0.1:8084", role: .essential),
        KnownService(name: "alert-api", url: "http://127.0.0.1:8082", role: .essential),
        KnownService(
            name: "otlp-collector", url: "http://127.0.0.1:8083",
            role: .optional(what: "traces and logs", stream: Streams.telemetry().name)),
        KnownService(
            name: "process-adapter", url: "http://127.0.0.1:8085",
            role: .optional(what: "events of processes", stream: Streams.processEvents().name)),
        KnownService(name: "chaos-order", url: "http://127.0.0.1:9001", role: .demonstration),
        KnownService(name: "chaos-payment", url: "http://127.0.0.1:9002", role: .demonstration),
        KnownService(name: "chaos-inventory", url: "http://127.0.0.1:9003", role: .demonstration),
    ]
}

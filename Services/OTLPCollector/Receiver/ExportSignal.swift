// The kinds of telemetry that clients export, and what the two OTLP protocols call them.

import ArgusShared

/// What an export request carries.
enum ExportSignal: String, Sendable, CaseIterable {
    case traces, logs, metrics

    /// OTLP/HTTP's path.
    var httpPath: String { "/v1/\(rawValue)" }

    /// OTLP/gRPC's path.
    var grpcPath: String {
        switch self {
        case .traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
        case .logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
        case .metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
        }
    }

    /// The subject that takes the requests; nil for what is not kept.
    var subject: String? {
        switch self {
        case .traces: Subjects.otlpTraces
        case .logs: Subjects.otlpLogs
        case .metrics: nil
        }
    }

    /// What the JSON answer calls the number of rejected items.
    var rejectedField: String {
        switch self {
        case .traces: "rejectedSpans"
        case .logs: "rejectedLogRecords"
        case .metrics: "rejectedDataPoints"
        }
    }

    /// What dead letters of rejected items are called.
    var letterKind: String {
        switch self {
        case .traces: "spans"
        case .logs: "logs"
        case .metrics: "metrics"
        }
    }
}

/// How a request came in.
enum ExportTransport: String, Sendable, CaseIterable {
    case grpc, http
}

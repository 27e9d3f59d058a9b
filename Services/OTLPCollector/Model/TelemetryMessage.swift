// What the writer takes from the stream.

/// A kind of telemetry.
enum OTLPSignal: Int, Sendable, Hashable, CaseIterable {
    /// `ExportTraceServiceRequest`s.
    case traces = 0
    /// `ExportLogsServiceRequest`s.
    case logs = 1
}

/// One message of the telemetry stream: an OTLP export request, protobuf.
struct TelemetryMessage: Sendable, Hashable {
    var signal: OTLPSignal
    /// The place in the stream. Together with `published` it names the message for good, also when the stream was made anew.
    var sequence: UInt64
    /// When the stream stored it, in unix nanoseconds.
    var published: Int64
    /// The export request.
    var payload: [UInt8]
}

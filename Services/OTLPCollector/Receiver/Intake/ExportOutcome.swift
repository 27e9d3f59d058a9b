// How an export request ends.

/// A request that was taken, at least in part.
struct ExportAccepted: Sendable, Hashable {
    /// Spans or log records that are on the bus.
    var accepted: Int
    /// Items that are not, for reasons that a repetition does not change.
    var rejected = 0
    /// Why items were rejected, for people.
    var message = ""
}

/// A request of which nothing was taken.
struct ExportFailure: Error, Sendable, Hashable {
    /// What went wrong; the name is the metrics' label.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Not an export request.
        case malformed
        /// Larger than a request may be, after decompression.
        case tooLarge = "too_large"
        /// Compressed in a way that we do not undo.
        case unsupportedEncoding = "unsupported_encoding"
        /// Neither protobuf nor JSON.
        case unsupportedContent = "unsupported_content"
        /// No valid credential.
        case unauthenticated
        /// A credential that does not allow sending.
        case forbidden
        /// Too many bytes are on their way to the bus.
        case overloaded
        /// The stream is full: the writers cannot keep up.
        case busFull = "bus_full"
        /// The bus cannot be reached or does not answer.
        case busUnavailable = "bus_unavailable"
        /// The collector is stopping.
        case stopping
        /// The client took too long to send its request.
        case timeout
        /// The bus refuses for a reason that a repetition does not change.
        case busRefused = "bus_refused"
    }

    var kind: Kind
    /// For the client.
    var message: String
    /// For logs, not for clients.
    var cause: String?

    /// Seconds that the client should wait before it tries again; nil where it should not.
    var retryAfter: Int? {
        switch kind {
        case .overloaded, .busUnavailable, .stopping: 1
        case .busFull: 5
        default: nil
        }
    }

    static let overloaded = ExportFailure(kind: .overloaded, message: "too much telemetry is on its way to the event bus")
    static let stopping = ExportFailure(kind: .stopping, message: "the collector is stopping")

    static func tooLarge(limit: Int) -> ExportFailure {
        ExportFailure(kind: .tooLarge, message: "the request is larger than \(limit) bytes after decompression")
    }
}

extension ExportFailure {
    /// HTTP's status (OTLP specification, "OTLP/HTTP Response").
    var httpStatus: Int {
        switch kind {
        case .malformed: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .timeout: 408
        case .tooLarge: 413
        case .unsupportedEncoding, .unsupportedContent: 415
        case .overloaded, .busFull, .busUnavailable, .stopping: 503
        case .busRefused: 500
        }
    }

    /// gRPC's status code (google.rpc.Code), which is also the one of the `Status` body.
    var grpcCode: GRPCCode {
        switch kind {
        case .malformed: .invalidArgument
        case .unauthenticated: .unauthenticated
        case .forbidden: .permissionDenied
        case .timeout: .deadlineExceeded
        case .tooLarge: .resourceExhausted
        case .unsupportedEncoding, .unsupportedContent: .unimplemented
        case .overloaded, .busFull, .busUnavailable, .stopping: .unavailable
        case .busRefused: .internalError
        }
    }
}

/// Status codes of gRPC.
enum GRPCCode: Int, Sendable, Hashable {
    case ok = 0
    case invalidArgument = 3
    case deadlineExceeded = 4
    case permissionDenied = 7
    case resourceExhausted = 8
    case unimplemented = 12
    case internalError = 13
    case unavailable = 14
    case unauthenticated = 16
}

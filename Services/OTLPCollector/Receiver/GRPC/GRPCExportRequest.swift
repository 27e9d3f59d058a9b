// What the head of an OTLP/gRPC call says (gRPC over HTTP/2, PROTOCOL-HTTP2).

import ArgusService
import NIOCore
import NIOHPACK

/// A call that may be received.
struct GRPCExportRequest {
    var signal: ExportSignal
    var encoding: BodyEncoding
}

/// How a call ends without a message.
struct GRPCRefusal: Error {
    /// Not 200 only for what is not gRPC at all.
    var httpStatus = "200"
    var code: GRPCCode
    var message: String
    /// A serialised `google.rpc.Status`, where it says more than code and message.
    var details: [UInt8]?

    init(_ failure: ExportFailure) {
        code = failure.grpcCode
        message = failure.message
        if failure.retryAfter != nil { details = AnswerBodies.status(failure, .protobuf) }
    }

    init(_ code: GRPCCode, _ message: String, httpStatus: String = "200") {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
    }
}

extension GRPCExportRequest {
    /// Reads the headers of a call.
    ///
    /// - Throws: Everything that is not an export call from somebody who may send one.
    init(_ headers: HPACKHeaders, auth: AuthPolicy) throws(GRPCRefusal) {
        var path = ""
        var method = ""
        var contentType = ""
        var encodingName = ""
        var authorization: String?
        for (name, value, _) in headers {
            switch name {
            case ":path": path = value
            case ":method": method = value
            case "content-type": contentType = value
            case "grpc-encoding": encodingName = value
            case "authorization": authorization = value
            default: break
            }
        }
        guard contentType.hasPrefix("application/grpc") else {
            throw GRPCRefusal(.unimplemented, "the content type must be application/grpc", httpStatus: "415")
        }
        guard method == "POST" else { throw GRPCRefusal(.internalError, "the method must be POST", httpStatus: "405") }
        guard let signal = ExportSignal.allCases.first(where: { $0.grpcPath == path }) else {
            throw GRPCRefusal(.unimplemented, "there is no such method here")
        }
        if let failure = ExportFailure(refusing: authorization, by: auth) { throw GRPCRefusal(failure) }
        guard let encoding = BodyEncoding(name: encodingName) else {
            throw GRPCRefusal(.unimplemented, "the message encoding must be gzip, deflate or identity")
        }
        self.init(signal: signal, encoding: encoding)
    }
}

/// Takes the one message of a unary call out of its data: a byte that says whether it is compressed, its length in four, and the message.
struct GRPCMessageReader {
    private var prefix: [UInt8] = []
    private var length = 0
    private(set) var isCompressed = false
    private var body: ExportBody?

    /// The message, once it is complete.
    var message: ExportBody? {
        guard prefix.count == Self.prefixLength, let body, body.bytes.count == length else { return nil }
        return body
    }

    private static let prefixLength = 5

    /// Adds what has arrived.
    mutating func append(_ buffer: ByteBuffer, intake: TelemetryIntake) throws(ExportFailure) {
        var buffer = buffer
        if body == nil {
            while prefix.count < Self.prefixLength, let byte = buffer.readInteger(as: UInt8.self) { prefix.append(byte) }
            guard prefix.count == Self.prefixLength else { return }
            guard prefix[0] <= 1 else { throw ExportFailure(kind: .malformed, message: "not a gRPC message") }
            isCompressed = prefix[0] == 1
            length = prefix[1...].reduce(0) { $0 << 8 | Int($1) }
            guard length <= intake.maximumRequest else { throw .tooLarge(limit: intake.maximumRequest) }
            body = ExportBody(lease: intake.budget.lease(), limit: length, expected: length)
        }
        guard (body?.bytes.count ?? 0) + buffer.readableBytes <= length else {
            throw ExportFailure(kind: .malformed, message: "an export call has one message")
        }
        try body?.append(buffer)
    }
}

// What the head of an OTLP/HTTP request says.

import ArgusService
import HTTPTypes
import NIOHTTP1

/// A request that may be received.
struct HTTPExportRequest {
    var signal: ExportSignal
    var format: ExportFormat
    var encoding: BodyEncoding
}

/// The answer to a request that needs no body to be refused.
struct HTTPRefusal: Error {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders = [:]
    /// A `Status` for the body; nil is an empty body.
    var failure: ExportFailure?
    var format: ExportFormat = .protobuf

    init(_ failure: ExportFailure, _ format: ExportFormat, headers: HTTPHeaders = [:]) {
        status = HTTPResponseStatus(statusCode: failure.httpStatus)
        self.failure = failure
        self.format = format
        self.headers = headers
    }

    init(_ status: HTTPResponseStatus, headers: HTTPHeaders, message: String? = nil, format: ExportFormat = .protobuf) {
        self.status = status
        self.headers = headers
        self.format = format
        failure = message.map { ExportFailure(kind: .malformed, message: $0) }
    }
}

extension HTTPExportRequest {
    /// Reads a head.
    ///
    /// - Throws: Everything that is not an export request from somebody who may send one; preflights too.
    init(_ head: HTTPRequestHead, door: HTTPDoor) throws(HTTPRefusal) {
        let path = head.uri.prefix { $0 != "?" }
        let format = Self.format(head.headers)
        guard let signal = ExportSignal.allCases.first(where: { $0.httpPath == path }) else {
            throw HTTPRefusal(.notFound, headers: [:], message: "there is nothing at this path", format: format ?? .protobuf)
        }
        if head.method == .OPTIONS { throw HTTPRefusal(.noContent, headers: door.crossOrigin.preflight(head.headers)) }
        guard head.method == .POST else {
            throw HTTPRefusal(
                .methodNotAllowed, headers: ["allow": "POST, OPTIONS"], message: "only POST is allowed here", format: format ?? .protobuf)
        }
        if let failure = ExportFailure(refusing: head.headers.first(name: "authorization"), by: door.auth) {
            throw HTTPRefusal(
                failure, format ?? .protobuf, headers: failure.kind == .unauthenticated ? ["www-authenticate": "Bearer"] : [:])
        }
        guard let format else {
            throw HTTPRefusal(
                ExportFailure(
                    kind: .unsupportedContent, message: "the content type must be application/x-protobuf or application/json"), .protobuf)
        }
        guard let encoding = BodyEncoding(name: head.headers.first(name: "content-encoding") ?? "") else {
            throw HTTPRefusal(
                ExportFailure(kind: .unsupportedEncoding, message: "the content encoding must be gzip, deflate or none"), format,
                headers: ["accept-encoding": "gzip, deflate"])
        }
        self.init(signal: signal, format: format, encoding: encoding)
    }

    private static func format(_ headers: HTTPHeaders) -> ExportFormat? {
        guard let type = headers.first(name: "content-type") else { return nil }
        let media = type.prefix { $0 != ";" && $0 != " " }
        switch media.lowercased() {
        case "application/x-protobuf": return .protobuf
        case "application/json": return .json
        default: return nil
        }
    }
}

extension ExportFailure {
    /// Why a credential does not let a request in; nil if it does.
    init?(refusing authorization: String?, by auth: AuthPolicy) {
        do {
            _ = try auth.authorize(authorization: authorization, .ingest)
            return nil
        } catch {
            let isForbidden = (error as? APIError)?.status == .forbidden
            self.init(
                kind: isForbidden ? .forbidden : .unauthenticated,
                message: (error as? APIError)?.message ?? "the request is not allowed")
        }
    }
}

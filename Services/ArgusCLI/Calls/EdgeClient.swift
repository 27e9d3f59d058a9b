// Calls to the services' HTTP APIs.

import ArgusShared
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ProcessCompose

/// The services, behind the edge or each by itself.
struct EdgeClient: Sendable {
    /// Who is called.
    enum Target: String, Sendable {
        case edge
        case gateway = "ingest-gateway"
        case api = "alert-api"
        case collector = "otlp-collector"
    }

    /// How a call is made.
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    private static let bodyLimit = 64 << 20

    let addresses: ServiceAddresses
    private let token: String?

    init(_ addresses: ServiceAddresses, token: String?) {
        self.addresses = addresses
        self.token = token
    }

    /// Calls a service and returns its answer, `.null` for an empty one.
    ///
    /// - Parameters:
    ///   - path: begins with a slash; segments are already escaped, see ``escape(_:)``.
    ///   - query: names and values; nil is left out.
    /// - Throws: `CommandLineError`: `.unreachable`, `.refused`, `.notFound`, and `.failure` with what the service says.
    func call(
        _ method: Method, _ target: Target, _ path: String, query: [(String, String?)] = [], body: JSONValue? = nil,
        timeout: Duration = .seconds(30)
    ) async throws -> JSONValue {
        let base = address(of: target)
        var request = HTTPClientRequest(url: base + path + Self.encode(query))
        request.method = HTTPMethod(rawValue: method.rawValue)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        let status: HTTPResponseStatus
        let bytes: [UInt8]
        do {
            (status, bytes) = try await Self.exchange(request, timeout)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw CommandLineError(
                .unreachable, "\(target.rawValue) at \(base) does not answer (\(SilenceReason(error))); is Argus running? try: argus doctor"
            )
        }
        guard status.code < 300 else { throw Self.refusal(target, status, bytes) }
        if bytes.isEmpty { return .null }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw CommandLineError(.failure, "\(target.rawValue) at \(base) answered \(path) with what is not JSON; is the address right?")
        }
    }

    /// Gets `url` and returns whatever the answer is.
    static func get(_ url: String, timeout: Duration) async throws -> (status: Int, body: [UInt8]) {
        let (status, body) = try await exchange(HTTPClientRequest(url: url), timeout)
        return (Int(status.code), body)
    }

    private static func exchange(_ request: HTTPClientRequest, _ timeout: Duration) async throws -> (HTTPResponseStatus, [UInt8]) {
        let response = try await Calls.client.execute(request, timeout: .nanoseconds(Int64(timeout / .nanoseconds(1))))
        return (response.status, Array(try await response.body.collect(upTo: bodyLimit).readableBytesView))
    }

    /// One segment of a path: everything but RFC 3986's unreserved characters is percent-encoded.
    static func escape(_ text: String) -> String {
        text.utf8.map { byte in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": String(UnicodeScalar(byte))
            default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    private func address(of target: Target) -> String {
        switch target {
        case .edge: addresses.edge
        case .gateway: addresses.gateway
        case .api: addresses.api
        case .collector: addresses.collector
        }
    }

    private static func encode(_ query: [(String, String?)]) -> String {
        let items = query.compactMap { name, value in value.map { "\(escape(name))=\(escape($0))" } }
        return items.isEmpty ? "" : "?" + items.joined(separator: "&")
    }

    private static func refusal(_ target: Target, _ status: HTTPResponseStatus, _ bytes: [UInt8]) -> CommandLineError {
        let error = (try? JSONValue(parsing: bytes))?["error"]
        var message = error?["message"]?.stringValue ?? "\(status.code) \(status.reasonPhrase)"
        let details = (error?["errors"]?.arrayValue ?? []).compactMap { $0["message"]?.stringValue }.filter { !message.contains($0) }
        if !details.isEmpty { message += " (" + details.joined(separator: "; ") + ")" }
        switch status.code {
        case 401, 403: return CommandLineError(.refused, "\(target.rawValue) refuses: \(message); see --token and ARGUS_TOKEN")
        case 404 where error != nil: return CommandLineError(.notFound, "\(target.rawValue): \(message)")
        case 502, 503, 504: return CommandLineError(.unreachable, "\(target.rawValue): \(message)")
        default: return CommandLineError(.failure, "\(target.rawValue): \(message)")
        }
    }
}

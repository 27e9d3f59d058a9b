// The API of process-compose, as far as we use it.

import ArgusShared
public import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Calls one process-compose.
public struct ProcessComposeClient: Sendable {
    /// Whom it calls.
    public let endpoint: ComposeEndpoint
    let token: String?
    private let http: HTTPClient
    private let timeout: Duration

    /// Name of the header that carries the token.
    static let tokenHeader = "X-PC-Token-Key"
    private static let bodyLimit = 16 << 20

    /// - Parameters:
    ///   - token: sent in every call, if there is one.
    ///   - http: stays the caller's to shut down.
    ///   - timeout: of each call.
    public init(endpoint: ComposeEndpoint, token: String? = nil, http: HTTPClient, timeout: Duration = .seconds(5)) {
        self.endpoint = endpoint
        self.token = token
        self.http = http
        self.timeout = timeout
    }

    /// The same client with another timeout of each call.
    public func waiting(atMost timeout: Duration) -> ProcessComposeClient {
        ProcessComposeClient(endpoint: endpoint, token: token, http: http, timeout: timeout)
    }

    /// All processes, in no particular order.
    public func processes() async throws(ProcessComposeError) -> [ObservedProcess] {
        let body = try await call(.GET, "/processes")
        return try parse(body, "the list of processes") { reader in
            var processes: [ObservedProcess] = []
            try reader.readObject { reader, key in
                switch key {
                case "data" where try reader.peek() == .array:
                    try reader.readArray { reader, _ in processes.append(try ObservedProcess(from: &reader)) }
                default: try reader.skipValue()
                }
            }
            return processes
        }
    }

    /// Starts a process that does not run.
    public func start(_ name: String) async throws(ProcessComposeError) {
        _ = try await call(.POST, "/process/start/\(Self.escape(name))")
    }

    /// Stops a process that runs.
    public func stop(_ name: String) async throws(ProcessComposeError) {
        _ = try await call(.PATCH, "/process/stop/\(Self.escape(name))")
    }

    /// Stops a process if it runs, and starts it.
    public func restart(_ name: String) async throws(ProcessComposeError) {
        _ = try await call(.POST, "/process/restart/\(Self.escape(name))")
    }

    /// Changes the number of a process's replicas.
    public func scale(_ name: String, to count: Int) async throws(ProcessComposeError) {
        _ = try await call(.PATCH, "/process/scale/\(Self.escape(name))/\(count)")
    }

    /// The last lines of a process's log, at most `count` (which must be more than 0).
    ///
    /// What the offset of this call means changed with process-compose 1.78; both are understood.
    public func logs(of name: String, last count: Int) async throws(ProcessComposeError) -> [String] {
        let lines = try await logs(of: name, offset: 0, limit: count)
        // Before 1.78 no line is that few before the end.
        return lines.isEmpty ? try await logs(of: name, offset: count, limit: 0) : lines
    }

    private func logs(of name: String, offset: Int, limit: Int) async throws(ProcessComposeError) -> [String] {
        let body = try await call(.GET, "/process/logs/\(Self.escape(name))/\(offset)/\(limit)")
        return try parse(body, "the log of \(name)") { reader in
            var lines: [String] = []
            try reader.readObject { reader, key in
                switch key {
                case "logs" where try reader.peek() == .array:
                    try reader.readArray { reader, _ in lines.append(try reader.readString()) }
                default: try reader.skipValue()
                }
            }
            return lines
        }
    }

    private func call(_ method: HTTPMethod, _ path: String) async throws(ProcessComposeError) -> [UInt8] {
        var request = HTTPClientRequest(url: endpoint.baseURL + path)
        request.method = method
        if let token { request.headers.add(name: Self.tokenHeader, value: token) }
        let response: HTTPClientResponse
        let body: ByteBuffer
        do {
            response = try await http.execute(request, timeout: .nanoseconds(Int64(timeout / .nanoseconds(1))))
            body = try await response.body.collect(upTo: Self.bodyLimit)
        } catch {
            throw ProcessComposeError(.unreachable, "process-compose at \(endpoint.description) does not answer: \(SilenceReason(error))")
        }
        let bytes = Array(body.readableBytesView)
        switch response.status.code {
        case 200..<300: return bytes
        case 401, 403:
            throw ProcessComposeError(.unauthorized, "process-compose at \(endpoint.description) refuses the token: set PC_API_TOKEN")
        case 404: throw ProcessComposeError(.unsupported, "process-compose at \(endpoint.description) knows no \(path)")
        default:
            let said = (try? JSONValue(parsing: bytes))?["error"]?.stringValue ?? "HTTP \(response.status.code)"
            throw ProcessComposeError(.refused, "process-compose at \(endpoint.description) refused: \(said.prefix(500))")
        }
    }

    private func parse<T>(
        _ bytes: [UInt8], _ what: String, _ body: (inout JSONReader) throws -> T
    ) throws(ProcessComposeError) -> T {
        do {
            return try JSONReader.read(bytes, limits: .untrusted, body)
        } catch {
            throw ProcessComposeError(.malformed, "process-compose at \(endpoint.description) sent what is not \(what): \(error)")
        }
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
}

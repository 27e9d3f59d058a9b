// A plain HTTP client over a socket, and a service around a router.

import Dispatch
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Synchronization
import Testing

@testable import ArgusService

/// One answer as it came over the wire.
struct RawResponse {
    var status: Int
    var headers: [String: String]
    var body: String

    subscript(_ header: String) -> String? { headers[header.lowercased()] }
}

/// A blocking connection, to be used inside `onThread`.
///
/// Unchecked: a test may send on a second thread while it receives, which sockets allow; nothing else is shared.
final class RawConnection: @unchecked Sendable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Whether the server has closed its side.
    private(set) var isEnded = false

    init(port: Int, timeout: Int = 10) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if connected != 0 { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(descriptor) }

    /// Sends everything; false where the server has closed the connection.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// The next answer, or nil where the connection ends before one is complete. One to `HEAD` has no body, whatever its length says.
    func response(toHead: Bool = false) -> RawResponse? {
        let separator = Array("\r\n\r\n".utf8)
        while true {
            if let end = buffer.firstRange(of: separator) {
                let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
                }
                let status = Int(lines[0].split(separator: " ")[1]) ?? 0
                let length = status < 200 || toHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
                let total = end.upperBound + length
                if buffer.count >= total {
                    let body = String(decoding: buffer[end.upperBound..<total], as: UTF8.self)
                    buffer.removeFirst(total)
                    return RawResponse(status: status, headers: headers, body: body)
                }
            }
            if !receive() { return nil }
        }
    }

    /// Waits until the server closes; false where it does not within the receive timeout.
    func waitForEnd() -> Bool {
        while !isEnded {
            if !receive() { break }
        }
        return isEnded
    }

    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count == 0 || (count < 0 && errno == ECONNRESET) { isEnded = true }
        if count <= 0 { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }
}

/// Runs blocking code on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Result { try body() })
        }
    }
}

/// Sends one request and returns its answer.
func request(
    _ port: Int, _ method: String, _ path: String, headers: [String: String] = [:], body: String = ""
) async throws -> RawResponse {
    let response = try await onThread {
        let connection = try RawConnection(port: port)
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        connection.send("\(method) \(path) HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)")
        return connection.response()
    }
    return try #require(response)
}

/// Serves a router on a free port while a body runs.
func withServer(
    environment: [String: String] = [:],
    health: HealthChecks = HealthChecks(),
    routes: (Router<ServiceContext>, ServiceBootstrap) -> Void = { _, _ in },
    _ body: @escaping @Sendable (Int, ServiceBootstrap) async throws -> Void
) async throws {
    let variables = environment.merging(["HTTP_PORT": "0"]) { own, _ in own }
    let bootstrap = ServiceBootstrap.testing(name: "test", environment: variables, logLevel: .critical)
    let settings = HTTPSettings(bootstrap.settings)
    try bootstrap.settings.validate()
    let router = makeRouter(metrics: bootstrap.metrics, health: health)
    routes(router, bootstrap)
    let server = makeHTTPServer(router: router, settings: settings, metrics: bootstrap.metrics, logger: bootstrap.logger)
    try await ServiceApplication(listeners: [server]).withRunning(logger: bootstrap.logger) {
        try await body(try await server.port(), bootstrap)
    }
}

/// Adds `POST /echo`, which answers with the body it got, at most 1,000 bytes.
func addEcho(_ router: Router<ServiceContext>, _ bootstrap: ServiceBootstrap) {
    router.post("/echo") { request, _ in
        Response.json(try await request.bodyBytes(limit: 1_000))
    }
}

/// Text of a registry's exposition.
func expose(_ registry: MetricsRegistry) -> String {
    String(decoding: Exposition.render(registry), as: UTF8.self)
}

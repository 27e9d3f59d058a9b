// A plain HTTP/1.1 client over a socket, for what no well-behaved client would send.

import ArgusShared
import Foundation
import Glibc
import TestSupport
import Testing

/// One answer.
struct Answer: Sendable {
    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body's tree.
    var json: JSONValue {
        get throws { try JSONValue(parsing: body) }
    }

    /// `error.code` of the body.
    var code: String? { (try? json)?["error"]?["code"]?.stringValue }
}

/// A connection that blocks, for use within `onThread`. Used by one thread at a time.
final class HTTPSocket {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int, timeout: Int = 20) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var patience = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw TestSupportError("connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Sends everything; false when the server has closed the connection.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Sends a whole request.
    func send(_ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []) {
        let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        send(Array("\(method) \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.count)\r\n\(lines)\r\n".utf8) + body)
    }

    /// Says that nothing more will be sent.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The next answer.
    func receive() throws -> Answer {
        while true {
            if let answer = parse() { return answer }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw TestSupportError("the connection ended after \(String(decoding: buffer, as: UTF8.self))") }
            buffer += chunk[..<count]
        }
    }

    private func parse() -> Answer? {
        guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let status = lines.first.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        let total = end.upperBound + (headers["content-length"].flatMap { Int($0) } ?? 0)
        guard buffer.count >= total else { return nil }
        defer { buffer.removeFirst(total) }
        return Answer(status: status, headers: headers, body: Array(buffer[end.upperBound..<total]))
    }
}

/// Runs blocking code on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// Sends one request on a connection of its own.
func send(
    _ port: Int, _ method: String = "POST", _ path: String, headers: [String: String] = [:], body: [UInt8] = []
) async throws -> Answer {
    try await onThread {
        let socket = try HTTPSocket(port: port)
        socket.send(method, path, headers: headers, body: body)
        return try socket.receive()
    }
}

/// Sends one request with a JSON body on a connection of its own.
func post(_ port: Int, _ path: String, _ json: String, headers: [String: String] = [:]) async throws -> Answer {
    try await send(
        port, "POST", path, headers: headers.merging(["Content-Type": "application/json"]) { own, _ in own }, body: Array(json.utf8))
}

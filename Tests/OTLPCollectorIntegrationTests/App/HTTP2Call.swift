// One gRPC call in plain bytes, as RFC 9113 and gRPC's specification have them.

import Foundation
import Synchronization

/// A unary call over HTTP/2 with prior knowledge, without any library.
enum HTTP2Call {
    /// Sends a message; returns the message of the answer, nil where the call failed.
    static func unary(port: Int, path: String, message: [UInt8]) async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try call(port, path, message) }) }
        }
    }

    private static func call(_ port: Int, _ path: String, _ message: [UInt8]) throws -> [UInt8]? {
        let connection = try PlainConnection(port: port)
        try connection.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, []))
        let fields = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "127.0.0.1"), ("content-type", "application/grpc"),
            ("te", "trailers"),
        ]
        // Literals that are not indexed, so that there is no table to keep.
        var headers: [UInt8] = []
        for (name, value) in fields {
            headers += [0, UInt8(name.utf8.count)] + Array(name.utf8)
            headers += [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let length = UInt32(message.count)
        let prefixed: [UInt8] =
            [0, UInt8(length >> 24), UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)] + message
        try connection.send(frame(1, 0x4, 1, headers) + frame(0, 0x1, 1, prefixed))
        var answer: [UInt8] = []
        while true {
            let head = try connection.receive(9)
            let body = try connection.receive(Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2]))
            let (kind, flags) = (head[3], head[4])
            switch kind {
            case 0: answer += body
            case 4 where flags & 1 == 0: try connection.send(frame(4, 1, 0, []))
            case 6 where flags & 1 == 0: try connection.send(frame(6, 1, 0, body))
            case 3, 7: return nil
            default: break
            }
            if flags & 1 == 1, kind == 0 || kind == 1 { return answer.count >= 5 ? Array(answer[5...]) : nil }
        }
    }

    private static func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt8, _ body: [UInt8]) -> [UInt8] {
        [UInt8(body.count >> 16), UInt8(body.count >> 8 & 0xFF), UInt8(body.count & 0xFF), kind, flags, 0, 0, 0, stream] + body
    }
}

/// A blocking connection to a server on this machine.
final class PlainConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int, timeout: Int = 20, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
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

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw POSIXError(.EPIPE) }
            sent += count
        }
    }

    /// Waits until there is something to receive, or the connection ended.
    func isReadable(within milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return !buffer.isEmpty || poll(&wanted, 1, milliseconds) > 0
    }

    /// Exactly so many bytes; throws where the connection ends before.
    func receive(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw POSIXError(.ECONNRESET) }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// Everything up to a separator, and the separator.
    func receive(through separator: [UInt8]) throws -> [UInt8] {
        while true {
            if let end = buffer.firstRange(of: separator) { return try receive(end.upperBound) }
            guard try fill() else { throw POSIXError(.ECONNRESET) }
        }
    }

    /// Whether the server closes, after what is left.
    func isEnded() -> Bool {
        while true {
            guard let more = try? fill() else { return false }
            if !more { return true }
        }
    }

    /// Receives something; false at the end of the connection.
    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count == 0 || (count < 0 && errno == ECONNRESET) { return false }
        guard count > 0 else { throw POSIXError(.ETIMEDOUT) }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }
}

// Reads server-sent events over a plain socket, as slowly as a test wants.

import Foundation
import Glibc
import TestSupport

/// A connection to `/v1/alerts/stream`.
final class EventStreamClient: @unchecked Sendable {
    struct Event: Equatable, Sendable {
        var id: String?
        var name = ""
        var data = ""
    }

    // Used by one task at a time: each test reads its own client.
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private(set) var status = 0
    private(set) var comments = 0
    private(set) var isClosed = false

    init(port: Int, path: String = "/v1/alerts/stream", lastEventID: String? = nil, receiveBuffer: Int32? = nil) async throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestSupportError("socket: \(errno)") }
        if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 else { throw TestSupportError("connect: \(errno)") }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let request =
            "GET \(path) HTTP/1.1\r\nHost: test\r\n" + (lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? "") + "\r\n"
        _ = request.withCString { send(descriptor, $0, strlen($0), 0) }
        let head = try await line(endingWith: "\r\n\r\n")
        status = Int(head.split(separator: " ")[1]) ?? 0
        guard head.lowercased().contains("text/event-stream") || status != 200 else { throw TestSupportError("no event stream: \(head)") }
        if status == 200 { _ = try await next(named: nil, orComment: true) }
    }

    deinit {
        close(descriptor)
    }

    /// The next event, whatever it is; nil at the end of the stream.
    func next(named name: String? = nil, orComment: Bool = false, within limit: Duration = .seconds(15)) async throws -> Event? {
        while true {
            guard let block = try await block(within: limit) else { return nil }
            var event = Event()
            var isEvent = false
            for line in block.split(separator: "\n") {
                if line.hasPrefix(":") {
                    comments += 1
                } else if line.hasPrefix("id: ") {
                    event.id = String(line.dropFirst(4))
                } else if line.hasPrefix("event: ") {
                    event.name = String(line.dropFirst(7))
                    isEvent = true
                } else if line.hasPrefix("data: ") {
                    event.data = String(line.dropFirst(6))
                }
            }
            if orComment || (isEvent && (name == nil || event.name == name)) { return event }
        }
    }

    /// The next block of the stream, out of its chunks.
    private var body: [UInt8] = []

    private func block(within limit: Duration) async throws -> String? {
        while true {
            if let end = body.firstRange(of: Array("\n\n".utf8)) {
                let text = String(decoding: body[..<end.lowerBound], as: UTF8.self)
                body.removeSubrange(..<end.upperBound)
                return text
            }
            let size = try await line(endingWith: "\r\n", within: limit)
            guard !isClosed, let count = Int(size, radix: 16), count > 0 else { return nil }
            try await fill(count + 2, within: limit)
            body += buffer[..<count]
            buffer.removeFirst(count + 2)
        }
    }

    private func line(endingWith end: String, within limit: Duration = .seconds(15)) async throws -> String {
        let deadline = ContinuousClock.now + limit
        while true {
            if let range = buffer.firstRange(of: Array(end.utf8)) {
                let text = String(decoding: buffer[..<range.lowerBound], as: UTF8.self)
                buffer.removeSubrange(..<range.upperBound)
                return text
            }
            if isClosed { return "" }
            try await receive(until: deadline)
        }
    }

    private func fill(_ count: Int, within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while buffer.count < count, !isClosed { try await receive(until: deadline) }
        if buffer.count < count { throw TestSupportError("the stream ended within a chunk") }
    }

    private func receive(until deadline: ContinuousClock.Instant) async throws {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count > 0 {
            buffer += bytes[..<count]
        } else if count == 0 || errno != EAGAIN {
            isClosed = true
        } else {
            guard ContinuousClock.now < deadline else { throw TestSupportError("nothing came from the stream") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

// One thread, one poll(2): the cheapest way to drive many connections, so that the load generator leaves the cores to what it measures.

import Glibc

/// What can go wrong in the generator itself.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    static func system(_ what: String) -> BenchmarkError {
        BenchmarkError("\(what): \(String(cString: strerror(errno)))")
    }
}

/// Nanoseconds of the monotonic clock.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Readiness of file descriptors.
struct Poller {
    private var watched: [pollfd] = []

    mutating func watch(_ socket: Int32) {
        watched.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0))
    }

    mutating func forget(_ socket: Int32) {
        watched.removeAll { $0.fd == socket }
    }

    /// The sockets that can be read, waiting at most `milliseconds`.
    mutating func wait(milliseconds: Int32) -> [Int32] {
        guard poll(&watched, nfds_t(watched.count), milliseconds) > 0 else { return [] }
        return watched.filter { $0.revents != 0 }.map(\.fd)
    }
}

/// TCP on loopback.
enum Socket {
    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: inet_addr("127.0.0.1"))
        return address
    }

    static func connect(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchmarkError.system("socket") }
        var address = address(port: port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw BenchmarkError.system("connect to port \(port)")
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    static func listen(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchmarkError.system("socket") }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = address(port: port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0, Glibc.listen(descriptor, 256) == 0 else {
            close(descriptor)
            throw BenchmarkError.system("listen on port \(port)")
        }
        return descriptor
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                send(descriptor, buffer.baseAddress.map { $0 + start }, buffer.count - start, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { throw BenchmarkError.system("send") }
            start += written
        }
    }
}

/// The bytes of one HTTP/1.1 direction until a message is complete.
struct MessageBuffer {
    private(set) var bytes: [UInt8] = []

    /// A complete message's status code, 0 for a request, and its body.
    struct Message {
        let status: Int
        let body: ArraySlice<UInt8>
    }

    /// Reads what the socket has; false at its end.
    mutating func fill(from descriptor: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return false }
            bytes.append(contentsOf: buffer[..<count])
            return true
        }
    }

    /// Takes the first complete message out, if there is one. Bodies are delimited by `Content-Length`.
    mutating func next() throws -> Message? {
        guard let head = bytes.withUnsafeBufferPointer(Self.head) else { return nil }
        guard !head.isChunked else { throw BenchmarkError("a chunked body") }
        let end = head.length + head.bodyLength
        guard bytes.count >= end else { return nil }
        let message = Message(status: head.status, body: bytes[head.length..<end])
        if end == bytes.count { bytes.removeAll(keepingCapacity: true) } else { bytes.removeFirst(end) }
        return message
    }

    private struct Head {
        var length = 0
        var status = 0
        var bodyLength = 0
        var isChunked = false
    }

    /// What the lines up to the empty one say; nil while they are incomplete.
    private static func head(_ buffer: UnsafeBufferPointer<UInt8>) -> Head? {
        var head = Head()
        var line = 0
        while let end = buffer[line...].firstIndex(of: UInt8(ascii: "\n")) {
            let text = UnsafeBufferPointer(rebasing: buffer[line..<end])
            if text.count <= 1 {
                head.length = end + 1
                return head
            }
            if line == 0, text.starts(with: "HTTP/1.1 ".utf8) { head.status = number(in: text.dropFirst(9)) }
            if let value = value(of: "content-length:", in: text) { head.bodyLength = number(in: value) }
            if value(of: "transfer-encoding:", in: text) != nil { head.isChunked = true }
            line = end + 1
        }
        return nil
    }

    private static func value(of name: StaticString, in line: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>>? {
        let length = name.utf8CodeUnitCount
        guard line.count >= length else { return nil }
        let matches = name.withUTF8Buffer { name in name.indices.allSatisfy { line[$0] == name[$0] || line[$0] | 0x20 == name[$0] } }
        return matches ? line[length...].drop { $0 == UInt8(ascii: " ") } : nil
    }

    private static func number(in text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}

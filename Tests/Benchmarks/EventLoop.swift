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

    /// A complete message's first line and body.
    struct Message {
        let start: String
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
        guard let end = headEnd() else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
        if head.contains("transfer-encoding: chunked") { throw BenchmarkError("a chunked body") }
        var length = 0
        if let range = head.range(ofHeader: "content-length:") { length = Int(head[range]) ?? 0 }
        guard bytes.count >= end + 4 + length else { return nil }
        let start = String(head.prefix { $0 != "\r\n" && $0 != "\r" })
        let message = Message(start: start, body: bytes[(end + 4)..<(end + 4 + length)])
        bytes.removeFirst(end + 4 + length)
        return message
    }

    private func headEnd() -> Int? {
        guard bytes.count >= 4 else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            for index in 0...(buffer.count - 4) where buffer[index] == 13 {
                if buffer[index + 1] == 10, buffer[index + 2] == 13, buffer[index + 3] == 10 { return index }
            }
            return nil
        }
    }
}

extension String {
    fileprivate func range(ofHeader name: String) -> Range<String.Index>? {
        guard let start = utf8.firstRange(of: Array(name.utf8))?.upperBound else { return nil }
        let first = self[start...].firstIndex { $0 != " " } ?? start
        let end = self[first...].firstIndex { !$0.isNumber } ?? endIndex
        return first..<end
    }
}

extension Collection where Element: Equatable {
    fileprivate func firstRange(of needle: [Element]) -> Range<Index>? {
        var index = startIndex
        while index != endIndex {
            if self[index...].starts(with: needle) { return index..<self.index(index, offsetBy: needle.count) }
            formIndex(after: &index)
        }
        return nil
    }
}

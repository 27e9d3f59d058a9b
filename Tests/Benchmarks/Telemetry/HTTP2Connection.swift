// As much of HTTP/2 (RFC 9113) and gRPC as a load generator needs: many unary calls at a time on one connection.

import Glibc
import NIOCore
import NIOHPACK

/// One connection, and the calls on it that are not answered yet.
struct HTTP2Connection {
    /// How a call ended.
    struct Answer {
        let stream: UInt32
        let grpcStatus: Int
    }

    private enum FrameType {
        static let data: UInt8 = 0, headers: UInt8 = 1, reset: UInt8 = 3, settings: UInt8 = 4, ping: UInt8 = 6, goAway: UInt8 = 7,
            windowUpdate: UInt8 = 8, continuation: UInt8 = 9
    }

    private struct Call {
        var unsent: ArraySlice<UInt8>
        var window: Int
        var status = -1
    }

    let descriptor: Int32
    private let head: [UInt8]
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var outputStart = 0
    private var calls: [UInt32: Call] = [:]
    private var blocked: [UInt32] = []
    private var nextStream: UInt32 = 1
    private var connectionWindow = 65_535
    private var initialWindow = 65_535
    private var maximumFrame = 16_384
    private var received = 0

    /// Connects and says what HTTP/2 says first. `path` is the gRPC method.
    init(port: UInt16, path: String) throws {
        descriptor = try Socket.connect(port: port)
        var flags = fcntl(descriptor, F_GETFL)
        flags |= O_NONBLOCK
        _ = fcntl(descriptor, F_SETFL, flags)
        var encoder = HPACKEncoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: 0)
        var block = ByteBuffer()
        let headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "http", ":path": path, ":authority": "127.0.0.1:\(port)", "content-type": "application/grpc",
            "te": "trailers",
        ]
        try encoder.encode(headers: headers, to: &block)
        head = Array(block.readableBytesView)
        output = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        frame(FrameType.settings, flags: 0, stream: 0, [])
        frame(FrameType.windowUpdate, flags: 0, stream: 0, Self.number(1 << 30))
    }

    /// Calls that wait for their answers.
    var outstanding: Int { calls.count }

    /// Bytes that the socket did not take yet.
    var hasOutput: Bool { outputStart < output.count }

    /// Begins a call with one message.
    mutating func call(_ message: [UInt8]) -> UInt32 {
        let stream = nextStream
        nextStream += 2
        frame(FrameType.headers, flags: 4, stream: stream, head)
        let length = Self.number(UInt32(message.count))
        calls[stream] = Call(unsent: ([0] + length + message)[...], window: initialWindow)
        pump(stream)
        return stream
    }

    /// Writes what the socket takes.
    mutating func flush() throws {
        while outputStart < output.count {
            let written = output.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + outputStart }, $0.count - outputStart, Int32(MSG_NOSIGNAL))
            }
            if written < 0, errno == EAGAIN { return }
            guard written > 0 else { throw BenchmarkError.system("send") }
            outputStart += written
        }
        output.removeAll(keepingCapacity: true)
        outputStart = 0
    }

    /// Reads what there is and returns the calls it ended.
    mutating func receive() throws -> [Answer] {
        let isOpen = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { input.append(contentsOf: buffer[..<count]) }
            return count > 0 || (count < 0 && errno == EAGAIN)
        }
        guard isOpen else { throw BenchmarkError("the server closed a connection") }
        var answers: [Answer] = []
        var start = 0
        while input.count - start >= 9 {
            let length = Int(input[start]) << 16 | Int(input[start + 1]) << 8 | Int(input[start + 2])
            guard input.count - start >= 9 + length else { break }
            let stream = Self.number(input[(start + 5)..<(start + 9)]) & 0x7FFF_FFFF
            let payload = Array(input[(start + 9)..<(start + 9 + length)])
            if let answer = try handle(type: input[start + 3], flags: input[start + 4], stream: stream, payload) { answers.append(answer) }
            start += 9 + length
        }
        input.removeFirst(start)
        return answers
    }

    private mutating func handle(type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) throws -> Answer? {
        switch type {
        case FrameType.headers: return try headers(flags: flags, stream: stream, payload)
        case FrameType.data:
            received += payload.count
            if received > 1 << 20 {
                frame(FrameType.windowUpdate, flags: 0, stream: 0, Self.number(UInt32(received)))
                received = 0
            }
        case FrameType.settings where flags & 1 == 0:
            settings(payload)
            frame(FrameType.settings, flags: 1, stream: 0, [])
        case FrameType.ping where flags & 1 == 0: frame(FrameType.ping, flags: 1, stream: 0, payload)
        case FrameType.windowUpdate: widen(stream, by: Int(Self.number(payload[0..<4])))
        case FrameType.reset:
            calls[stream] = nil
            return Answer(stream: stream, grpcStatus: 13)
        case FrameType.goAway: throw BenchmarkError("the server said goodbye")
        case FrameType.continuation: throw BenchmarkError("headers in several frames")
        default: break
        }
        return nil
    }

    private mutating func headers(flags: UInt8, stream: UInt32, _ payload: [UInt8]) throws -> Answer? {
        guard flags & 4 != 0 else { throw BenchmarkError("headers in several frames") }
        let padding = flags & 8 != 0 ? Int(payload[0]) : 0
        let start = (flags & 8 != 0 ? 1 : 0) + (flags & 32 != 0 ? 5 : 0)
        var block = ByteBuffer(bytes: payload[start..<(payload.count - padding)])
        let fields = try decoder.decodeHeaders(from: &block)
        if let status = fields.first(name: "grpc-status") { calls[stream]?.status = Int(status) ?? -1 }
        guard flags & 1 != 0 else { return nil }
        return Answer(stream: stream, grpcStatus: calls.removeValue(forKey: stream)?.status ?? -1)
    }

    private mutating func settings(_ payload: [UInt8]) {
        for offset in stride(from: 0, to: payload.count - 5, by: 6) {
            let value = Int(Self.number(payload[(offset + 2)..<(offset + 6)]))
            switch Int(payload[offset]) << 8 | Int(payload[offset + 1]) {
            case 4:
                for stream in calls.keys { calls[stream]?.window += value - initialWindow }
                initialWindow = value
                resume()
            case 5: maximumFrame = min(value, 1 << 18)
            default: break
            }
        }
    }

    private mutating func widen(_ stream: UInt32, by amount: Int) {
        if stream == 0 { connectionWindow += amount } else { calls[stream]?.window += amount }
        resume()
    }

    private mutating func resume() {
        let waiting = blocked
        blocked = []
        for stream in waiting { pump(stream) }
    }

    /// Sends of a call what both windows let through.
    private mutating func pump(_ stream: UInt32) {
        guard var call = calls[stream] else { return }
        while !call.unsent.isEmpty {
            let count = min(call.unsent.count, call.window, connectionWindow, maximumFrame)
            guard count > 0 else {
                blocked.append(stream)
                break
            }
            let isLast = count == call.unsent.count
            frame(FrameType.data, flags: isLast ? 1 : 0, stream: stream, call.unsent.prefix(count))
            call.unsent = call.unsent.dropFirst(count)
            call.window -= count
            connectionWindow -= count
        }
        calls[stream] = call
    }

    private mutating func frame(_ type: UInt8, flags: UInt8, stream: UInt32, _ payload: some Collection<UInt8>) {
        output.append(contentsOf: Self.number(UInt32(payload.count)).dropFirst())
        output.append(type)
        output.append(flags)
        output.append(contentsOf: Self.number(stream))
        output.append(contentsOf: payload)
    }

    private static func number(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    private static func number(_ bytes: some Collection<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

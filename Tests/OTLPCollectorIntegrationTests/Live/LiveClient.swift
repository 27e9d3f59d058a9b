// A WebSocket client in plain bytes.

import ArgusShared
import Foundation

@testable import OTLPCollector

/// A blocking client, to be used on a thread of its own.
final class LiveClient {
    /// What a server sends.
    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]

        var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    /// A message of live logs.
    struct Message {
        var ids: [Int64]
        var bodies: [String]
        var last: String
        var missed: Int64
        var isGap: Bool

        init(_ json: JSONValue) {
            let entries = json["entries"]?.arrayValue ?? []
            ids = entries.compactMap { $0["id"]?.stringValue.flatMap { Int64($0) } }
            bodies = entries.compactMap { $0["body"]?.stringValue }
            last = json["last"]?.stringValue ?? ""
            missed = json["missed"]?.integerValue ?? 0
            isGap = json["gap"]?.boolValue ?? false
        }
    }

    let connection: PlainConnection
    /// Status of the answer to the handshake.
    let status: Int
    /// Headers of the answer, in lower case.
    let headers: [String: String]
    /// Body of an answer that refuses.
    let body: String

    init(
        port: Int, path: String = "/ws", headers more: [(String, String)] = [], key: String = "dGhlIHNhbXBsZSBub25jZQ==",
        timeout: Int = 20, receiveBuffer: Int32? = nil
    ) throws {
        connection = try PlainConnection(port: port, timeout: timeout, receiveBuffer: receiveBuffer)
        let fields =
            [
                ("Host", "127.0.0.1:\(port)"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", key),
            ] + more
        try connection.send(Array("GET \(path) HTTP/1.1\r\n\(fields.map { "\($0): \($1)\r\n" }.joined())\r\n".utf8))
        let head = String(decoding: try connection.receive(through: Array("\r\n\r\n".utf8)), as: UTF8.self)
        let lines = head.components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        var found: [String: String] = [:]
        for line in lines.dropFirst() where !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1)
            found[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        headers = found
        body = String(decoding: try connection.receive(found["content-length"].flatMap { Int($0) } ?? 0), as: UTF8.self)
    }

    /// Sends a frame.
    func send(opcode: UInt8, _ payload: [UInt8] = [], fin: Bool = true, masked: Bool = true, bits: UInt8 = 0) throws {
        var bytes = [(fin ? 0x80 : 0) | bits | opcode]
        let flag: UInt8 = masked ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(flag | UInt8(payload.count))
        } else {
            bytes += [flag | 126, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
        }
        let key: [UInt8] = [1, 2, 3, 4]
        if masked { bytes += key }
        bytes += masked ? payload.enumerated().map { $1 ^ key[$0 % 4] } : payload
        try connection.send(bytes)
    }

    /// The next frame.
    func frame() throws -> Frame {
        let head = try connection.receive(2)
        var length = Int(head[1] & 0x7F)
        if length == 126 {
            length = try connection.receive(2).reduce(0) { $0 << 8 | Int($1) }
        } else if length == 127 {
            length = try connection.receive(8).reduce(0) { $0 << 8 | Int($1) }
        }
        return Frame(opcode: head[0] & 0xF, payload: try connection.receive(length))
    }

    /// The next message, or its end without the entries; pings on the way are answered.
    func message(readsEntries: Bool = true) throws -> Message {
        while true {
            let frame = try frame()
            switch frame.opcode {
            case 1:
                let tail = Array(frame.payload.suffix(100))
                guard !readsEntries, let start = tail.lastIndex(of: UInt8(ascii: "]")) else {
                    return Message(try JSONValue(parsing: frame.payload))
                }
                return Message(try JSONValue(parsing: Array("{\"entries\":[".utf8) + tail[start...]))
            case 9: try send(opcode: 10, frame.payload)
            case 8: throw POSIXError(.ECONNRESET)
            default: break
            }
        }
    }

    /// Messages until so many entries have come or were missed.
    func messages(entries: Int) throws -> [Message] {
        var messages: [Message] = []
        var count = 0
        while count < entries {
            let message = try message()
            messages.append(message)
            count += message.ids.count + Int(message.missed)
        }
        return messages
    }

    /// The code of the close frame that comes, whatever comes before.
    func closeCode() throws -> Int? {
        while true {
            let frame = try frame()
            if frame.opcode == 8 { return frame.closeCode }
        }
    }

    /// Runs blocking code on a thread of its own.
    static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }
}

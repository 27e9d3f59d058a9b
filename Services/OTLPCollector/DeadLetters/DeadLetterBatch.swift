// What a dead-letter file holds.

import ArgusShared
import Foundation

/// Messages that could not be stored, with all that is needed to store them later without doubling anything.
///
/// As JSON: `{"format":1,"kind":"traces","created":"2026-...Z","reason":"...","items":512,"messages":[{"sequence":1,"published":2,
/// "payload":"<base64>"}]}`, the messages last, so that the beginning of a file says what it is. Payloads are OTLP requests in protobuf;
/// sequence and time of publication are the message's identity in the stream.
struct DeadLetterBatch: Sendable, Hashable {
    /// What is known without reading the messages.
    struct Header: Sendable, Hashable {
        var kind: OTLPSignal
        var created: Timestamp
        var reason: String
        /// Spans or log records.
        var items: Int
    }

    /// The text is not a dead-letter batch.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private static let format: Int64 = 1
    private static let longestReason = 512

    var header: Header
    var messages: [TelemetryMessage]

    init(kind: OTLPSignal, created: Timestamp = .now(), reason: String, items: Int, messages: [TelemetryMessage]) {
        let line = String(reason.map { $0.isNewline || $0 == "\0" ? " " : $0 }.prefix(Self.longestReason))
        header = Header(kind: kind, created: created, reason: line, items: items)
        self.messages = messages
    }

    // MARK: Writing

    /// The file's contents.
    func encoded() -> [UInt8] {
        let size = messages.reduce(512) { $0 + $1.payload.count * 4 / 3 + 96 }
        var writer = JSONWriter(capacity: size)
        writer.beginObject()
        writer.integer("format", Self.format)
        writer.string("kind", header.kind.text)
        writer.timestamp("created", header.created)
        writer.string("reason", header.reason)
        writer.integer("items", header.items)
        writer.key("messages")
        writer.beginArray()
        for message in messages {
            writer.beginObject()
            writer.integer("sequence", message.sequence)
            writer.integer("published", message.published)
            writer.string("payload", Data(message.payload).base64EncodedString())
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    // MARK: Reading

    /// Reads a file's contents.
    ///
    /// - Throws: `Unreadable`.
    init(parsing bytes: [UInt8]) throws {
        do {
            (header, messages) = try JSONReader.read(bytes, limits: .init(depth: 8, rejectsDuplicateKeys: true)) { try Self.read(&$0) }
        } catch let error as JSONError {
            throw Unreadable(description: "it is not the JSON of a batch: \(error)")
        }
    }

    /// Reads the header from the beginning of a file.
    static func header(from beginning: [UInt8]) -> Header? {
        // Inside a JSON string the quotes would be escaped.
        let mark = Array(",\"messages\":[".utf8)
        guard let start = beginning.firstRange(of: mark)?.lowerBound else { return nil }
        let text = beginning[..<start] + Array(",\"messages\":[]}".utf8)
        return try? DeadLetterBatch(parsing: Array(text)).header
    }

    private static func read(_ reader: inout JSONReader) throws -> (Header, [TelemetryMessage]) {
        var format: Int64?
        var kind: OTLPSignal?
        var created: Timestamp?
        var reason = ""
        var items = 0
        var messages: [TelemetryMessage]?
        try reader.readObject { reader, key in
            switch key {
            case "format": format = try reader.readInteger()
            case "kind": kind = OTLPSignal(text: try reader.readString())
            case "created": created = Timestamp(rfc3339: try reader.readString())
            case "reason": reason = try reader.readString()
            case "items": items = Int(clamping: try reader.readInteger())
            case "messages":
                guard let kind else { throw Unreadable(description: "its kind is missing, unknown or comes after the messages") }
                messages = try readMessages(&reader, kind)
            default: try reader.skipValue()
            }
        }
        guard format == Self.format else {
            throw Unreadable(description: "its format is \(format.map { "\($0)" } ?? "missing") and not \(Self.format)")
        }
        guard let kind, let created, let messages else { throw Unreadable(description: "kind, created or messages is missing or wrong") }
        return (Header(kind: kind, created: created, reason: reason, items: items), messages)
    }

    private static func readMessages(_ reader: inout JSONReader, _ kind: OTLPSignal) throws -> [TelemetryMessage] {
        var messages: [TelemetryMessage] = []
        try reader.readArray { reader, index in
            var sequence: UInt64?
            var published: Int64?
            var payload: Data?
            try reader.readObject { reader, key in
                switch key {
                case "sequence": sequence = UInt64(exactly: try reader.readInteger())
                case "published": published = try reader.readInteger()
                case "payload": payload = Data(base64Encoded: try reader.readString())
                default: try reader.skipValue()
                }
            }
            guard let sequence, let published, let payload else {
                throw Unreadable(description: "message \(index): sequence, published or payload is missing or wrong")
            }
            messages.append(TelemetryMessage(signal: kind, sequence: sequence, published: published, payload: Array(payload)))
        }
        return messages
    }
}

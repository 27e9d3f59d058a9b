// What clients are answered: a handful of bytes in protobuf or in its JSON mapping.

import ArgusShared

/// The encoding of a request, and therefore of its answer.
enum ExportFormat: Sendable, Hashable {
    case protobuf, json

    /// The content type as OTLP/HTTP has it.
    var contentType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }
}

/// Encodes answers.
enum AnswerBodies {
    /// An `Export<Signal>ServiceResponse`. `partial_success` is set only where something was rejected.
    static func success(_ result: ExportAccepted, _ signal: ExportSignal, _ format: ExportFormat) -> [UInt8] {
        switch format {
        case .protobuf:
            guard result.rejected > 0 else { return [] }
            var partial = SmallMessage()
            partial.varint(UInt64(result.rejected), field: 1)
            partial.bytes(result.message.utf8, field: 2)
            var response = SmallMessage()
            response.bytes(partial.encoded, field: 1)
            return response.encoded
        case .json:
            guard result.rejected > 0 else { return Array("{}".utf8) }
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("partialSuccess")
            writer.beginObject()
            writer.key(signal.rejectedField)
            writer.string(String(result.rejected))
            writer.string("errorMessage", result.message)
            writer.endObject()
            writer.endObject()
            return writer.bytes
        }
    }

    /// A `google.rpc.Status`, with `RetryInfo` where a repetition is invited.
    static func status(_ failure: ExportFailure, _ format: ExportFormat) -> [UInt8] {
        switch format {
        case .protobuf:
            var status = SmallMessage()
            status.varint(UInt64(failure.grpcCode.rawValue), field: 1)
            status.bytes(failure.message.utf8, field: 2)
            if let seconds = failure.retryAfter {
                var delay = SmallMessage()
                delay.varint(UInt64(seconds), field: 1)
                var info = SmallMessage()
                info.bytes(delay.encoded, field: 1)
                var any = SmallMessage()
                any.bytes(retryInfoType.utf8, field: 1)
                any.bytes(info.encoded, field: 2)
                status.bytes(any.encoded, field: 3)
            }
            return status.encoded
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            writer.integer("code", failure.grpcCode.rawValue)
            writer.string("message", failure.message)
            if let seconds = failure.retryAfter {
                writer.key("details")
                writer.beginArray()
                writer.beginObject()
                writer.string("@type", retryInfoType)
                writer.string("retryDelay", "\(seconds)s")
                writer.endObject()
                writer.endArray()
            }
            writer.endObject()
            return writer.bytes
        }
    }

    private static let retryInfoType = "type.googleapis.com/google.rpc.RetryInfo"
}

/// A protobuf message of a few fields.
private struct SmallMessage {
    private(set) var encoded: [UInt8] = []

    mutating func varint(_ value: UInt64, field: UInt8) {
        encoded.append(field << 3)
        append(value)
    }

    mutating func bytes(_ value: some Collection<UInt8>, field: UInt8) {
        encoded.append(field << 3 | 2)
        append(UInt64(value.count))
        encoded += value
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            encoded.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        encoded.append(UInt8(rest))
    }
}

// Takes a batch request apart into its events.

import ArgusShared

/// The events of one batch request, in its order, each as an event or as the reason it cannot be one.
struct EventBatch {
    /// How the events are written.
    enum Format {
        case array, lines
    }

    /// A request that holds more events than one may.
    struct TooManyEvents: Error {}

    private(set) var items: [Result<AlertEvent, ItemRejection>] = []

    /// Reads a whole body.
    ///
    /// - Parameter format: nil goes by the first character.
    /// - Throws: `JSONError` for an array that is malformed anywhere, and `TooManyEvents`. A malformed line rejects only itself.
    init(_ body: [UInt8], format: Format?, receivedAt: Timestamp) throws {
        let first = body.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        switch format ?? (first == UInt8(ascii: "{") ? .lines : .array) {
        case .array: try readArray(body, receivedAt: receivedAt)
        case .lines: try readLines(body, receivedAt: receivedAt)
        }
    }

    private mutating func readArray(_ body: [UInt8], receivedAt: Timestamp) throws {
        try JSONReader.read(body, limits: .untrusted) { reader in
            try reader.readArray { reader, _ in
                try append(EventDraft(from: &reader).finish(receivedAt: receivedAt).mapError(ItemRejection.init))
            }
        }
    }

    private mutating func readLines(_ body: [UInt8], receivedAt: Timestamp) throws {
        try body.withUnsafeBufferPointer { buffer in
            var start = 0
            var number = 0
            while start < buffer.count {
                let line = buffer[start...].prefix { $0 != UInt8(ascii: "\n") }
                if line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) {
                    try append(Self.readLine(line, number: number, receivedAt: receivedAt))
                }
                start = line.endIndex + 1
                number += 1
            }
        }
    }

    /// - Parameters:
    ///   - line: A part of the body.
    ///   - number: How many lines come before it.
    private static func readLine(
        _ line: Slice<UnsafeBufferPointer<UInt8>>, number: Int, receivedAt: Timestamp
    ) throws -> Result<AlertEvent, ItemRejection> {
        do {
            let draft = try JSONReader.read(UnsafeBufferPointer(rebasing: line), limits: .untrusted) { try EventDraft(from: &$0) }
            return draft.finish(receivedAt: receivedAt).mapError(ItemRejection.init)
        } catch let error as JSONError {
            return .failure(ItemRejection(error.moved(lines: number, bytes: line.startIndex)))
        }
    }

    private mutating func append(_ item: Result<AlertEvent, ItemRejection>) throws {
        guard items.count < EventLimits.batchEvents else { throw TooManyEvents() }
        items.append(item)
    }
}

/// Why one event of many was not taken.
struct ItemRejection: Error, Equatable {
    var code: String
    var message: String
    /// The first field that is wrong.
    var field: String?
    /// Every field that is wrong.
    var problems: [FieldProblem] = []
    /// Where the request's body is malformed.
    var position: JSONError?

    init(code: String, message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    init(_ invalid: InvalidEvent) {
        code = "invalid_event"
        message = invalid.message
        field = invalid.problems.first?.field
        problems = invalid.problems
    }

    /// - Parameter malformed: As counted in the request's body.
    init(_ malformed: JSONError) {
        code = "invalid_json"
        message = "\(malformed)"
        position = malformed
    }

    static func unknownManager(_ id: String) -> ItemRejection {
        ItemRejection(
            code: "unknown_event_manager", message: "there is no event manager \"\(id.truncated(to: 64))\"", field: "event_manager_id")
    }
}

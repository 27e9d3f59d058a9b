// Goes through messages and keeps account of those that are not well formed.

import ArgusOTLP

/// Messages of one signal, and what is wrong with them.
struct MessageScan {
    let messages: [TelemetryMessage]
    /// Messages (by index) that are not well formed.
    private(set) var malformed: Set<Int> = []
    private(set) var rejected: [RejectedItem] = []
    /// Messages (by index) with invalid items.
    var invalid: Set<Int> = []

    init(_ messages: [TelemetryMessage]) {
        self.messages = messages
    }

    /// Rejects a message as a whole.
    mutating func reject(_ index: Int, _ reason: String) {
        guard malformed.insert(index).inserted else { return }
        let message = messages[index]
        rejected.append(
            RejectedItem(
                signal: message.signal, kind: .message, message: index, sequence: message.sequence, published: message.published,
                reason: reason, payload: message.payload))
    }

    /// The invalid spans of messages that are well formed.
    func invalidSpans() -> [RejectedItem] {
        invalid.subtracting(malformed).sorted().compactMap { index in
            let message = messages[index]
            return message.payload.withUnsafeBytes { bytes in
                guard let check = try? OTLPTraces.validate(bytes), let first = check.invalid.first else { return nil }
                let reasons = Set(check.invalid.map(\.reason.description)).sorted().joined(separator: "; ")
                return RejectedItem(
                    signal: .traces, kind: .span, message: index, sequence: message.sequence, published: message.published,
                    reason: check.invalid.count == 1 ? first.reason.description : "\(check.invalid.count) spans: \(reasons)",
                    payload: OTLPTraces.keepingOnly(check, from: bytes), count: check.invalid.count)
            }
        }
    }
}

// Messages that wait to be taken.

/// A queue of messages that knows their size, and keeps nothing of what was taken. Taking everything copies nothing.
struct MessageBuffer {
    /// The messages, the oldest first.
    private(set) var messages: [BusMessage] = []
    /// Bytes of the messages on the wire, about.
    private(set) var bytes = 0

    var count: Int { messages.count }
    var isEmpty: Bool { messages.isEmpty }

    mutating func append(_ message: BusMessage) {
        messages.append(message)
        bytes += message.size
    }

    /// Removes up to `maximum` messages of together at most `maximumBytes`, but at least one where there is one.
    mutating func take(_ maximum: Int, maximumBytes: Int) -> [BusMessage] {
        var end = 0
        var takenBytes = 0
        while end < count, end < maximum {
            let size = messages[end].size
            if end > 0, takenBytes + size > maximumBytes { break }
            takenBytes += size
            end += 1
        }
        bytes -= takenBytes
        guard end < count else {
            defer { messages = [] }
            return messages
        }
        defer { messages.removeFirst(end) }
        return Array(messages[..<end])
    }
}

extension BusMessage {
    /// Bytes on the wire, about: what the server counts against a request's bound.
    var size: Int {
        payload.count + headers.encodedSize + subject.utf8.count + (reply?.utf8.count ?? 0)
    }
}

// How much is asked of the server, and when more is.

/// The pull requests that the server has not used up yet. What they may bring and what is buffered never exceeds the bounds together.
struct PullRequests {
    struct Request {
        let id: UInt64
        var messages: Int
        var bytes: Int
    }

    private let maximumMessages: Int
    private let maximumBytes: Int
    private var open: [Request] = []

    init(maximumMessages: Int, maximumBytes: Int) {
        self.maximumMessages = max(1, maximumMessages)
        self.maximumBytes = maximumBytes
    }

    var isEmpty: Bool { open.isEmpty }

    /// Opens as many requests as the bounds allow and returns them: each for half of the messages, and for at least one of any size.
    mutating func due(beside buffer: MessageBuffer, largestMessage: Int, number: () -> UInt64) -> [Request] {
        let batch = max(1, maximumMessages / 2)
        let bytes = max(largestMessage + 64 << 10, maximumBytes / 4)
        var freeMessages = maximumMessages - buffer.count
        var freeBytes = maximumBytes - buffer.bytes
        for request in open {
            freeMessages -= request.messages
            freeBytes -= request.bytes
        }
        var added: [Request] = []
        while freeMessages >= batch, freeBytes >= bytes || open.isEmpty && buffer.isEmpty {
            let request = Request(id: number(), messages: batch, bytes: bytes)
            open.append(request)
            added.append(request)
            freeMessages -= batch
            freeBytes -= bytes
        }
        return added
    }

    /// A message came: the server answers requests in their order.
    mutating func answered(with message: BusMessage) {
        guard !open.isEmpty else { return }
        open[0].messages -= 1
        open[0].bytes = max(0, open[0].bytes - message.size)
        if open[0].messages == 0 { open.removeFirst() }
    }

    /// The server has ended a request, or never got it; whether it was open.
    @discardableResult
    mutating func end(_ id: UInt64) -> Bool {
        guard let index = open.firstIndex(where: { $0.id == id }) else { return false }
        open.remove(at: index)
        return true
    }

    /// Whoever would have answered is gone.
    mutating func endAll() {
        open = []
    }
}

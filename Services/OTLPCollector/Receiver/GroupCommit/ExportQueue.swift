// Which waiting requests travel together, and when: the pure part of the group commit.

import DequeModule

/// When messages leave and how large they are.
struct GroupCommitRules: Sendable, Hashable {
    /// Bytes of a message, unless one request alone is larger.
    var messageBytes = 1 << 20
    /// Requests in a message.
    var messageRequests = 512
    /// Messages on their way beyond which requests gather.
    var prompt = 1
    /// The most messages on their way.
    var publishes = 6
}

/// The requests of one signal that wait for the bus, in the order of arrival.
///
/// A message leaves at once when few are on their way. While more are, requests gather, and another message leaves early only when it is
/// full: so a busy collector sends few large messages and an idle one adds no delay.
struct ExportQueue<Entry> {
    private struct Item {
        var entry: Entry
        var bytes: Int
    }

    let rules: GroupCommitRules
    /// Messages on their way.
    private(set) var publishing = 0
    private var items: Deque<Item> = []
    /// Bytes that wait.
    private(set) var bytes = 0

    init(rules: GroupCommitRules = GroupCommitRules()) {
        self.rules = rules
    }

    /// Requests that wait.
    var count: Int { items.count }

    /// Adds a request, or a part of one.
    mutating func append(_ entry: Entry, bytes: Int) {
        items.append(Item(entry: entry, bytes: bytes))
        self.bytes += bytes
    }

    /// The requests of the next message if one should leave now; it then counts as on its way.
    ///
    /// - Parameter maximumBytes: What the bus takes, if that is less than the rules say.
    mutating func next(maximumBytes: Int = .max) -> [Entry]? {
        guard count > 0, publishing < rules.publishes else { return nil }
        let limit = min(rules.messageBytes, maximumBytes)
        guard publishing < rules.prompt || bytes >= limit || count >= rules.messageRequests else { return nil }
        publishing += 1
        var taken: [Entry] = []
        var takenBytes = 0
        while let item = items.first, taken.count < rules.messageRequests, taken.isEmpty || takenBytes + item.bytes <= limit {
            taken.append(item.entry)
            takenBytes += item.bytes
            items.removeFirst()
        }
        bytes -= takenBytes
        return taken
    }

    /// A message that was on its way has arrived or failed.
    mutating func finished() {
        publishing -= 1
    }

    /// Takes all that waits.
    mutating func takeAll() -> [Entry] {
        defer { (items, bytes) = ([], 0) }
        return items.map(\.entry)
    }
}

// How much is taken from the bus for one transaction.

/// Turns a number of items into a number of bytes, by what items were worth so far. Pure.
struct BatchSizer: Sendable {
    private static let smallest = 16 << 10
    private static let weight = 0.2

    private let items: Int
    private let maximumBytes: Int
    private var bytesPerItem: Double = 250

    /// - Parameters:
    ///   - items: Spans or log records wanted in a transaction.
    ///   - maximumBytes: The most bytes of messages in one, unless a single message has more.
    init(items: Int, maximumBytes: Int) {
        self.items = items
        self.maximumBytes = maximumBytes
    }

    /// Bytes of messages to take.
    var targetBytes: Int {
        min(max(Int(Double(items) * bytesPerItem), Self.smallest), maximumBytes)
    }

    /// Learns from a batch.
    mutating func observed(bytes: Int, items: Int) {
        guard items > 0 else { return }
        bytesPerItem += (Double(bytes) / Double(items) - bytesPerItem) * Self.weight
    }
}

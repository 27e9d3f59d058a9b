// Messages of a subject as they come, without JetStream.

import Synchronization

/// A core subscription: at most once, bounded, for request/reply servers. Iterate it from one task.
public struct Subscription: AsyncSequence, Sendable {
    public typealias Element = BusMessage
    public typealias Failure = Never

    private let stream: AsyncStream<BusMessage>
    private let counter: DropCounter
    private let end: @Sendable () -> Void

    init(stream: AsyncStream<BusMessage>, counter: DropCounter, end: @escaping @Sendable () -> Void) {
        self.stream = stream
        self.counter = counter
        self.end = end
    }

    /// Messages that came while the buffer was full, and are lost.
    public var dropped: UInt64 { counter.value.load(ordering: .relaxed) }

    /// Ends the subscription; what is buffered can still be read.
    public func unsubscribe() { end() }

    /// The messages in the order they came.
    public func makeAsyncIterator() -> AsyncStream<BusMessage>.Iterator {
        stream.makeAsyncIterator()
    }
}

/// Counts what a subscription had no room for.
final class DropCounter: Sendable {
    let value = Atomic<UInt64>(0)
}

// How an observer behaves.

import ArgusShared

/// Options of an ``Observer``.
public struct ObserverOptions: Sendable, Hashable {
    /// Events that may wait to be acknowledged by the bus, those on their way included; 1 or more.
    public var bufferSize = 1000
    /// Whether an event that finds the buffer full is dropped; otherwise an asynchronous `emit` waits for space.
    public var dropOnFull = true
    /// The stream that carries the events. An existing one is used as it is.
    public var streamName = Streams.observationName
    /// How long a stream that has to be created keeps events.
    public var streamMaxAge = Streams.observationAge
    /// How many events a stream that has to be created keeps.
    public var streamMaxMessages = Streams.observationMessages
    /// How long one attempt to publish waits for its acknowledgement; attempts repeat until one succeeds.
    public var publishTimeout = Duration.seconds(5)
    /// How often dropped events are logged, if there were any.
    public var dropLogInterval = Duration.seconds(10)

    /// The defaults.
    public init() {}

    /// Sets ``bufferSize``.
    public func withBufferSize(_ size: Int) -> ObserverOptions { with { $0.bufferSize = size } }

    /// Sets ``dropOnFull``.
    public func withDropOnFull(_ drops: Bool) -> ObserverOptions { with { $0.dropOnFull = drops } }

    /// Sets ``streamName``.
    public func withStreamName(_ name: String) -> ObserverOptions { with { $0.streamName = name } }

    /// Sets ``streamMaxAge``.
    public func withStreamMaxAge(_ age: Duration) -> ObserverOptions { with { $0.streamMaxAge = age } }

    /// Sets ``streamMaxMessages``.
    public func withStreamMaxMessages(_ count: Int64) -> ObserverOptions { with { $0.streamMaxMessages = count } }

    /// Sets ``publishTimeout``.
    public func withPublishTimeout(_ timeout: Duration) -> ObserverOptions { with { $0.publishTimeout = timeout } }

    /// Sets ``dropLogInterval``.
    public func withDropLogInterval(_ interval: Duration) -> ObserverOptions { with { $0.dropLogInterval = interval } }

    private func with(_ change: (inout ObserverOptions) -> Void) -> ObserverOptions {
        var copy = self
        change(&copy)
        return copy
    }
}

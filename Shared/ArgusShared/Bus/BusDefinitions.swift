// How a stream, a consumer and a bucket are described, without any I/O.

/// A JetStream stream as we want it to be.
public struct StreamDefinition: Sendable, Equatable {
    /// When messages leave.
    public enum Retention: String, Sendable { case limits, interest, workqueue }
    /// Where messages are kept.
    public enum Storage: String, Sendable { case file, memory }
    /// Who yields when the stream is full: the oldest message or the publisher.
    public enum Discard: String, Sendable { case old, new }

    public var name: String
    public var subjects: [String]
    public var retention: Retention = .limits
    public var storage: Storage = .file
    public var discard: Discard = .old
    /// Nil keeps messages however old they are.
    public var maximumAge: Duration?
    /// Nil is unlimited.
    public var maximumBytes: Int64?
    /// Nil is unlimited.
    public var maximumMessages: Int64?
    /// Nil is unlimited.
    public var maximumMessagesPerSubject: Int64?
    /// How long the server remembers `Nats-Msg-Id`.
    public var duplicateWindow: Duration = .seconds(120)

    /// A file stream without limits.
    public init(name: String, subjects: [String]) {
        self.name = name
        self.subjects = subjects
    }

    func with(_ change: (inout StreamDefinition) -> Void) -> StreamDefinition {
        var copy = self
        change(&copy)
        return copy
    }
}

/// A durable pull consumer with explicit acknowledgement.
public struct ConsumerDefinition: Sendable, Equatable {
    public var stream: String
    public var name: String
    /// Nil takes the whole stream. Never several filters: FACTS show that they cost a hundred times as much.
    public var filterSubject: String?
    public var acknowledgeWait: Duration = .seconds(30)
    /// Nil delivers until acknowledged.
    public var maximumDeliveries: Int?
    /// Nil is unlimited.
    public var maximumUnacknowledged: Int? = 10_000
    /// When the consumer is created: older messages do not concern it. Nil begins with the first there is.
    public var startTime: Timestamp?

    /// A consumer of the whole stream.
    public init(stream: String, name: String) {
        self.stream = stream
        self.name = name
    }

    func with(_ change: (inout ConsumerDefinition) -> Void) -> ConsumerDefinition {
        var copy = self
        change(&copy)
        return copy
    }
}

/// A key-value bucket.
public struct BucketDefinition: Sendable, Equatable {
    public var name: String
    /// Revisions kept per key, 1 to 64.
    public var history: Int = 1
    /// How long a key lives after its last write; nil is for ever.
    public var timeToLive: Duration?
    public var storage: StreamDefinition.Storage = .file

    /// A file bucket without expiry.
    public init(name: String) {
        self.name = name
    }
}

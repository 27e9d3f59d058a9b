// A message as it came from the bus, and what JetStream says about it.

public import ArgusShared

/// A received message.
public struct BusMessage: Sendable {
    /// What JetStream knows about a message, from its reply subject (NATS ADR-15) or from a direct get.
    public struct Metadata: Sendable, Equatable {
        /// The stream it is stored in.
        public var stream: String
        /// The consumer that delivered it; empty for a direct get.
        public var consumer: String
        /// Its place in the stream.
        public var streamSequence: UInt64
        /// Its place among this consumer's deliveries.
        public var consumerSequence: UInt64
        /// How often it was delivered, this time included.
        public var deliveryCount: UInt64
        /// When it was stored.
        public var timestamp: Timestamp
        /// How many more the consumer has to deliver.
        public var pending: UInt64
    }

    /// The subject it was published to.
    public var subject: String
    /// Where an answer or an acknowledgement goes.
    public var reply: String?
    /// Its headers.
    public var headers: MessageHeaders
    /// Its contents.
    public var payload: [UInt8]
    /// nil for messages that did not come from a stream.
    public var metadata: Metadata?

    /// A message of these parts (for tests of code that takes messages).
    public init(subject: String, reply: String? = nil, headers: MessageHeaders = [:], payload: [UInt8], metadata: Metadata? = nil) {
        self.subject = subject
        self.reply = reply
        self.headers = headers
        self.payload = payload
        self.metadata = metadata
    }

    /// The status of a control message of the server: 100, 404, 408, 409, 503.
    var status: Int? {
        payload.isEmpty ? headers["Status"].flatMap { Int($0) } : nil
    }
}

extension BusMessage.Metadata {
    /// Metadata of any values (for tests of code that takes messages).
    public init(
        stream: String, streamSequence: UInt64, consumer: String = "", consumerSequence: UInt64 = 0, deliveryCount: UInt64 = 1,
        timestamp: Timestamp = Timestamp(milliseconds: 0), pending: UInt64 = 0
    ) {
        self.stream = stream
        self.consumer = consumer
        self.streamSequence = streamSequence
        self.consumerSequence = consumerSequence
        self.deliveryCount = deliveryCount
        self.timestamp = timestamp
        self.pending = pending
    }

    /// Parses `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<ns>.<pending>`, or its newer form with domain and
    /// account hash before the stream.
    init?(reply: String) {
        let tokens = reply.split(separator: ".", omittingEmptySubsequences: false)
        guard tokens.count == 9 || tokens.count >= 11, tokens[0] == "$JS", tokens[1] == "ACK" else { return nil }
        let first = tokens.count == 9 ? 2 : 4
        let numbers = tokens[(first + 2)...(first + 6)].compactMap { UInt64($0) }
        guard numbers.count == 5 else { return nil }
        self.init(
            stream: String(tokens[first]), streamSequence: numbers[1], consumer: String(tokens[first + 1]), consumerSequence: numbers[2],
            deliveryCount: numbers[0], timestamp: Timestamp(milliseconds: Int64(numbers[3] / 1_000_000)), pending: numbers[4])
    }
}

/// JetStream's answer to a publish.
public struct PublishAck: Sendable, Equatable {
    /// The stream that stored the message.
    public var stream: String
    /// Its place in the stream.
    public var sequence: UInt64
    /// Whether the server knew the message id already and stored nothing; `sequence` is that of the first.
    public var isDuplicate: Bool

    /// An acknowledgement of these values.
    public init(stream: String, sequence: UInt64, isDuplicate: Bool = false) {
        self.stream = stream
        self.sequence = sequence
        self.isDuplicate = isDuplicate
    }
}

// What the server tells about a stream and a consumer.

import ArgusShared

/// The state of a stream.
public struct StreamInfo: Sendable, Equatable {
    public var name: String
    public var subjects: [String]
    public var messages: UInt64
    public var bytes: UInt64
    /// The sequence of the oldest message; one more than the last if the stream is empty.
    public var firstSequence: UInt64
    /// The sequence of the newest message, also when it was purged; 0 if there never was one.
    public var lastSequence: UInt64
    public var consumers: Int
    public var maximumBytes: Int64?
    public var maximumAge: Duration?

    init(_ answer: JSONValue) {
        let config = answer["config"]
        let state = answer["state"]
        func number(_ name: String) -> UInt64 { UInt64(clamping: state?[name]?.integerValue ?? 0) }
        name = config?["name"]?.stringValue ?? ""
        subjects = config?["subjects"]?.arrayValue?.compactMap(\.stringValue) ?? []
        messages = number("messages")
        bytes = number("bytes")
        firstSequence = number("first_seq")
        lastSequence = number("last_seq")
        consumers = Int(number("consumer_count"))
        maximumBytes = config?["max_bytes"]?.integerValue.flatMap { $0 > 0 ? $0 : nil }
        maximumAge = config?["max_age"]?.integerValue.flatMap { $0 > 0 ? .nanoseconds($0) : nil }
    }
}

/// The state of a consumer.
public struct ConsumerInfo: Sendable, Equatable {
    public var stream: String
    public var name: String
    /// Messages that were never delivered.
    public var pending: UInt64
    /// Messages delivered and not acknowledged.
    public var unacknowledged: UInt64
    /// Of those, delivered more than once.
    public var redelivered: UInt64
    /// Pull requests that wait.
    public var waiting: UInt64
    /// All messages up to this stream sequence are acknowledged.
    public var acknowledgedFloor: UInt64

    init(_ answer: JSONValue) {
        func number(_ name: String) -> UInt64 { UInt64(clamping: answer[name]?.integerValue ?? 0) }
        stream = answer["stream_name"]?.stringValue ?? ""
        name = answer["name"]?.stringValue ?? ""
        pending = number("num_pending")
        unacknowledged = number("num_ack_pending")
        redelivered = number("num_redelivered")
        waiting = number("num_waiting")
        acknowledgedFloor = UInt64(clamping: answer["ack_floor"]?["stream_seq"]?.integerValue ?? 0)
    }
}

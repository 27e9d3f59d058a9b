// Streams, consumers and single messages.

import ArgusShared

extension Bus {
    private static let timeout = Duration.seconds(10)

    /// The state of a stream. Throws `.notFound` if there is none.
    public func streamInfo(_ name: String) async throws(BusError) -> StreamInfo {
        StreamInfo(try await transport.request(api: "STREAM.INFO.\(name)", timeout: Self.timeout))
    }

    /// The state of a consumer. Throws `.notFound` if there is none.
    public func consumerInfo(stream: String, name: String) async throws(BusError) -> ConsumerInfo {
        ConsumerInfo(try await transport.request(api: "CONSUMER.INFO.\(stream).\(name)", timeout: Self.timeout))
    }

    /// Removes messages: of one subject only if there is one, and only those before `sequence` if there is one.
    ///
    /// - Returns: How many messages were removed.
    @discardableResult
    public func purge(stream: String, subject: String? = nil, before sequence: UInt64? = nil) async throws(BusError) -> UInt64 {
        var body: [JSONValue.Member] = []
        if let subject { body.append(.init("filter", .string(subject))) }
        if let sequence { body.append(.init("seq", .integer(Int64(clamping: sequence)))) }
        let answer = try await transport.request(
            api: "STREAM.PURGE.\(stream)", body.isEmpty ? nil : .object(body), timeout: Self.timeout)
        return UInt64(clamping: answer["purged"]?.integerValue ?? 0)
    }

    /// The newest message of a subject; nil if there is none. One round trip, answered without touching a consumer.
    public func lastMessage(stream: String, subject: String) async throws(BusError) -> BusMessage? {
        try await directGet("$JS.API.DIRECT.GET.\(stream).\(subject)", nil)
    }

    /// The newest message of all subjects that match a pattern; nil if there is none.
    public func lastMessage(stream: String, matching pattern: String) async throws(BusError) -> BusMessage? {
        try await directGet("$JS.API.DIRECT.GET.\(stream)", .object([.init("last_by_subj", .string(pattern))]))
    }

    /// The message at a sequence; nil if it was never there or is gone.
    public func message(stream: String, sequence: UInt64) async throws(BusError) -> BusMessage? {
        try await directGet("$JS.API.DIRECT.GET.\(stream)", .object([.init("seq", .integer(Int64(clamping: sequence)))]))
    }

    /// Deletes a consumer. That there is none is no error.
    public func deleteConsumer(stream: String, name: String) async throws(BusError) {
        try await delete("CONSUMER.DELETE.\(stream).\(name)")
    }

    /// Deletes a stream with all its messages. That there is none is no error.
    public func deleteStream(_ name: String) async throws(BusError) {
        try await delete("STREAM.DELETE.\(name)")
    }

    private func delete(_ api: String) async throws(BusError) {
        do throws(BusError) {
            _ = try await transport.request(api: api, timeout: Self.timeout)
        } catch  where error.code == .notFound {
            return
        }
    }

    private func directGet(_ subject: String, _ body: JSONValue?) async throws(BusError) -> BusMessage? {
        let answer = try await transport.exchange(
            Exchanges.Request(subject: subject, headers: [:], payload: body?.bytes ?? [], resends: true, timeout: Self.timeout))
        if let status = answer.status, answer.headers["Nats-Sequence"] == nil {
            switch status {
            case 404: return nil
            case 503: throw BusError(.noResponders, "no stream answers \(subject): it does not exist, or does not allow direct gets")
            default: throw BusError(.server, "\(subject): \(status) \(answer.headers["Description"] ?? "")")
            }
        }
        return try Self.storedMessage(answer)
    }

    /// A message as `DIRECT.GET` returns it (NATS ADR-31): what concerns the stream is in headers.
    private static func storedMessage(_ answer: BusMessage) throws(BusError) -> BusMessage {
        var message = answer
        guard let subject = answer.headers["Nats-Subject"], let sequence = answer.headers["Nats-Sequence"].flatMap({ UInt64($0) }) else {
            throw BusError(.protocolViolation, "a direct get without sequence on \(answer.subject)")
        }
        let time = answer.headers["Nats-Time-Stamp"].flatMap { Timestamp(rfc3339: $0) }
        message.metadata = BusMessage.Metadata(
            stream: answer.headers["Nats-Stream"] ?? "", streamSequence: sequence, timestamp: time ?? Timestamp(milliseconds: 0))
        message.subject = subject
        message.reply = nil
        for name in ["Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending", "Nats-Last-Sequence"] {
            message.headers[name] = nil
        }
        return message
    }
}

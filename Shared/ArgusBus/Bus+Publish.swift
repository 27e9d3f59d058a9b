// Publishing into JetStream.

import ArgusShared

extension Bus {
    /// Publishes a message and returns once a stream has stored it.
    ///
    /// Without a connection it waits for one up to its timeout. When the connection is lost before the acknowledgement came, a message
    /// with an id is sent again (the server drops the second), and one without ends with `.timeout`, because it may have been stored.
    /// `Argus-Schema` is added unless the headers have it.
    ///
    /// - Parameters:
    ///   - messageID: `Nats-Msg-Id`: within the stream's duplicate window the server stores the first of several only.
    ///   - expectedLastSubjectSequence: The sequence of the subject's last message, 0 for none. The server refuses the message if another
    ///     was stored since.
    ///   - timeout: nil is the configuration's.
    /// - Throws: `BusError`: `.timeout`, `.disconnected`, `.noResponders` (no stream has the subject), `.streamFull`, `.wrongLastSequence`,
    ///   `.payloadTooLarge`, `.permissionDenied`, `.invalidArgument`, `.cancelled`, `.closed`, `.server`.
    @discardableResult
    public func publish(
        _ payload: [UInt8], to subject: String, headers: MessageHeaders = [:], messageID: String? = nil,
        expectedLastSubjectSequence: UInt64? = nil, timeout: Duration? = nil
    ) async throws(BusError) -> PublishAck {
        var headers = headers
        if headers[HeaderName.schema] == nil { headers[HeaderName.schema] = Schema.current }
        if let messageID { headers[HeaderName.messageID] = messageID }
        if let expectedLastSubjectSequence { headers["Nats-Expected-Last-Subject-Sequence"] = "\(expectedLastSubjectSequence)" }
        let timeout = timeout ?? transport.configuration.publishTimeout
        let deadline = ContinuousClock.now + timeout
        let resends = headers[HeaderName.messageID] != nil
        while true {
            let request = Exchanges.Request(
                subject: subject, headers: headers, payload: payload, resends: resends, timeout: deadline - .now)
            let answer = try await transport.exchange(request)
            do throws(BusError) {
                return try Self.acknowledgement(answer, subject)
            } catch {
                if error.code == .wrongLastSequence, let id = headers[HeaderName.messageID] {
                    guard let own = try await ownMessage(subject, id) else { throw error }
                    return own
                }
                // A server that is going down refuses some of what it has read. With an id the next one can be asked.
                guard resends, error.code == .server, error.isRetriable, ContinuousClock.now + .milliseconds(100) < deadline else {
                    throw error
                }
                guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { throw BusError(.cancelled, "the task was cancelled") }
            }
        }
    }

    /// The acknowledgement of our own message, if that is the subject's last.
    ///
    /// The server looks at the expected sequence before it looks at the message id: of a message that was stored, but whose acknowledgement
    /// was lost, the second attempt is refused as if somebody else had written.
    private func ownMessage(_ subject: String, _ id: String) async throws(BusError) -> PublishAck? {
        let names = try await transport.request(
            api: "STREAM.NAMES", .object([.init("subject", .string(subject))]), timeout: transport.configuration.publishTimeout)
        guard let stream = names["streams"]?[0]?.stringValue, let last = try await lastMessage(stream: stream, subject: subject),
            last.headers[HeaderName.messageID] == id, let sequence = last.metadata?.streamSequence
        else { return nil }
        return PublishAck(stream: stream, sequence: sequence, isDuplicate: true)
    }

    private static func acknowledgement(_ answer: BusMessage, _ subject: String) throws(BusError) -> PublishAck {
        if answer.status == 503 { throw BusError(.noResponders, "no stream has the subject \(subject)") }
        // The usual answer is read without making a tree of it.
        var ack = PublishAck(stream: "", sequence: 0, isDuplicate: false)
        do {
            try JSONReader.read(answer.payload) { reader in
                try reader.readObject { reader, key in
                    switch key {
                    case "stream": ack.stream = try reader.readString()
                    case "seq": ack.sequence = UInt64(clamping: try reader.readInteger())
                    case "duplicate": ack.isDuplicate = try reader.readBool()
                    default: try reader.skipValue()
                    }
                }
            }
        } catch {
            throw BusError(.protocolViolation, "the acknowledgement of \(subject) is not JSON: \(error)")
        }
        guard ack.sequence > 0 else {
            _ = try JetStreamError.check(answer.payload, "publishing to \(subject)")
            throw BusError(.protocolViolation, "an acknowledgement of \(subject) without a sequence")
        }
        return ack
    }
}

// A call as a service receives it.

import ArgusBus
import ArgusShared

/// What the called service works on.
public struct IncomingCall: Sendable {
    /// What is ordered.
    public let line: OrderLine
    /// Calls of the same key get the same answer.
    public let key: String
    /// When the caller stops waiting.
    public let deadline: CallDeadline
    let replyTo: String
    let correlation: String

    /// Why a message is no call.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    init(_ message: BusMessage) throws(Malformed) {
        let headers = message.headers
        guard headers[HeaderName.schema] == Schema.current else { throw Malformed(description: "unknown schema") }
        guard let deadline = CallDeadline(header: headers[ChaosHeader.deadline]) else {
            throw Malformed(description: "no \(ChaosHeader.deadline)")
        }
        guard let replyTo = headers[ChaosHeader.replyTo], Self.isReplySubject(replyTo) else {
            throw Malformed(description: "no \(ChaosHeader.replyTo) under \(ReplyInbox.subjectPrefix)")
        }
        guard let correlation = headers[ChaosHeader.correlation], let key = headers[ChaosHeader.idempotencyKey] else {
            throw Malformed(description: "no \(ChaosHeader.correlation) or \(ChaosHeader.idempotencyKey)")
        }
        guard let line = OrderLine(parsing: message.payload) else { throw Malformed(description: "the payload is no order line") }
        self.line = line
        self.key = key
        self.deadline = deadline
        self.replyTo = replyTo
        self.correlation = correlation
    }

    /// A caller may not make us write anywhere else.
    private static func isReplySubject(_ subject: String) -> Bool {
        subject.hasPrefix(ReplyInbox.subjectPrefix) && subject.contains(".replies.")
            && subject.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: ">") }
    }
}

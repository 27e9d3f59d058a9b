// Turns messages of a partition's input into events, and puts aside what it cannot read.

import ArgusBus
import ArgusShared
import Logging

/// The events of a message, or why there are none.
enum InputDecoder {
    static func decode(_ message: BusMessage) -> Result<[AlertEvent], UndecodableInput> {
        let schema = message.headers[HeaderName.schema]
        guard schema == Schema.current else {
            return .failure(UndecodableInput(reason: schema.map { "unknown schema \($0)" } ?? "no schema"))
        }
        do {
            return .success(try AlertEvent.readLines(message.payload))
        } catch {
            return .failure(UndecodableInput(reason: "not a list of events: \(error)"))
        }
    }
}

/// A message that is not what it should be.
struct UndecodableInput: Error {
    let reason: String
}

/// Publishes messages that could not be handled, with the reason.
struct DeadLetters {
    let bus: Bus
    let service: String
    let logger: Logger

    /// Returns once the message is stored, trying again until `control` says to stop: a message that is passed over must not be lost.
    func put(_ message: BusMessage, reason: String, control: PartitionControl) async throws {
        let sequence = message.metadata?.streamSequence ?? 0
        var headers = MessageHeaders()
        for (name, value) in message.headers where !name.hasPrefix("Nats-") { headers[name] = value }
        headers[HeaderName.reason] = reason.map { $0.isNewline ? " " : String($0) }.joined()
        headers[HeaderName.originalSubject] = message.subject
        headers[HeaderName.originalSequence] = "\(sequence)"
        let subject = Subjects.deadLetters(service: service, kind: "events")
        let id = "\(message.metadata?.stream ?? "").\(sequence)"
        var pause = Duration.milliseconds(20)
        while true {
            guard control.mayWrite else { throw PartitionError.abandoned }
            do throws(BusError) {
                try await bus.publish(message.payload, to: subject, headers: headers, messageID: id)
                logger.error("a message was put aside", metadata: ["subject": "\(message.subject)", "reason": "\(reason)"])
                return
            } catch {
                guard error.code != .cancelled, error.code != .closed else { throw error }
                logger.warning("a message cannot be put aside yet", metadata: ["subject": "\(message.subject)", "error": "\(error)"])
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
    }
}

// What the services' spans have in common (OpenTelemetry semantic conventions, messaging).

import Tracing

extension Span {
    /// Attributes of a message that is sent or worked on.
    func describe(subject: String, operation: String, name: String, bytes: Int) {
        attributes[SpanKey.messagingSystem] = "nats"
        attributes[SpanKey.messagingDestination] = subject
        attributes[SpanKey.messagingOperation] = operation
        attributes[SpanKey.messagingOperationName] = name
        attributes[SpanKey.messagingBodySize] = Int64(bytes)
    }

    /// What became of a call.
    func finish(with answer: CallAnswer) {
        attributes["argus.chaos.status"] = Int64(answer.status)
        guard let failure = answer.failure else { return }
        attributes[SpanKey.errorType] = failure.code
        setStatus(SpanStatus(code: .error, message: failure.message))
    }
}

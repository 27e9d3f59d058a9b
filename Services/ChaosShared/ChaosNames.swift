// Names that the demo services share: services and operations on the bus, headers, metrics, attributes.

import ArgusService
public import HTTPTypes

/// The demo services and what they are asked for over the bus.
public enum ChaosService: String, Sendable, CaseIterable {
    case order, payment, inventory

    /// The operation that the service offers on the bus; chaos-order takes its orders by HTTP.
    public var operation: String {
        switch self {
        case .order: "place"
        case .payment: "charge"
        case .inventory: "reserve"
        }
    }
}

/// Headers of the services' messages, beside those of `HeaderName`.
enum ChaosHeader {
    /// When the caller stops waiting, in Unix milliseconds. A request that comes later is not worked on.
    static let deadline = "Argus-Deadline"
    /// The subject that the answer goes to.
    static let replyTo = "Argus-Reply-To"
    /// Tells which call an answer belongs to.
    static let correlation = "Argus-Correlation"
    /// Requests of the same key are worked on once and get the same answer.
    static let idempotencyKey = "Argus-Idempotency-Key"
}

/// HTTP headers of chaos-order.
public enum ChaosHTTPHeader {
    /// Orders of the same key are placed once and get the same answer (draft-ietf-httpapi-idempotency-key-header).
    public static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .server
    /// Says that an answer was given before.
    public static let replayed = HTTPField.Name("Idempotency-Replayed") ?? .server
    /// The trace of the request, 32 hexadecimal digits.
    public static let traceID = HTTPField.Name("X-Trace-Id") ?? .server
    /// The trace and span of the request (W3C Trace Context).
    public static let traceparent = HTTPField.Name("traceparent") ?? .server
}

/// Names of the demo services' metrics.
public enum ChaosMetricName {
    static let requests = "argus_chaos_requests_total"
    static let duration = "argus_chaos_request_duration_seconds"
    static let faults = "argus_chaos_faults_total"
    static let expired = "argus_chaos_expired_total"
    static let replays = "argus_chaos_replays_total"
    static let rejected = "argus_chaos_rejected_total"
    static let cached = "argus_chaos_cached_answers"
    static let overridden = "argus_chaos_overridden"
    static let unansweredCalls = "argus_chaos_unanswered_calls_total"
    static let exported = "argus_telemetry_exported_total"
    static let dropped = "argus_telemetry_dropped_total"
}

/// Keys of log metadata.
public enum ChaosLogKey {
    /// What went wrong.
    public static let error = LogKey.error
    static let duration = LogKey.duration
    /// An order's identifier.
    public static let orderID = "order_id"
    /// What is ordered.
    public static let item = "item"
    /// How many are ordered.
    public static let quantity = "quantity"
    /// The service that failed.
    public static let failedService = "failed_service"
}

/// Attributes of spans: OpenTelemetry's semantic conventions for messaging, and a few of our own.
public enum SpanKey {
    /// Why it failed, by a stable name.
    public static let errorType = "error.type"
    static let messagingSystem = "messaging.system"
    static let messagingOperation = "messaging.operation.type"
    static let messagingOperationName = "messaging.operation.name"
    static let messagingDestination = "messaging.destination.name"
    static let messagingConsumerGroup = "messaging.consumer.group.name"
    static let messagingMessageID = "messaging.message.id"
    static let messagingConversation = "messaging.message.conversation_id"
    static let messagingBodySize = "messaging.message.body.size"
    static let peerService = "peer.service"
    static let fault = "argus.chaos.fault"
    static let faultLatency = "argus.chaos.latency_ms"
    static let requestNumber = "argus.chaos.request_number"
    static let deadlineRemaining = "argus.chaos.deadline_remaining_ms"
    static let delivery = "argus.chaos.delivery"
    /// That the answer had been given before.
    public static let replayed = "argus.chaos.replayed"
    /// An order's identifier.
    public static let orderID = "argus.chaos.order_id"
    /// What is ordered.
    public static let item = "argus.chaos.item"
    /// How many are ordered.
    public static let quantity = "argus.chaos.quantity"
}

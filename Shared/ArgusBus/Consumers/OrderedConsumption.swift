// What an ordered consumer reads, and the request that makes it.

import ArgusShared

/// Where an ordered consumer begins and what it leaves out.
struct OrderedConsumption: Sendable {
    enum Start: Sendable {
        case sequence(UInt64)
        case lastPerSubject
    }

    var start: Start
    var filterSubject: String?
    var headersOnly = false
    /// Whether a stream that lost messages is read again from the start instead of failing.
    var restartsWhenStreamWentBack = false

    /// The body of a request for an ephemeral consumer.
    ///
    /// - Parameter next: The sequence to go on with; 0 begins at the start.
    func createRequest(stream: String, name: String, from next: UInt64) -> JSONValue {
        var config: [JSONValue.Member] = [
            .init("name", .string(name)), .init("ack_policy", .string("none")), .init("replay_policy", .string("instant")),
            .init("mem_storage", .bool(true)), .init("num_replicas", .integer(1)), .init("max_waiting", .integer(64)),
            .init("inactive_threshold", .integer(Duration.seconds(30).nanoseconds)),
        ]
        if case .lastPerSubject = start, next == 0 {
            config.append(.init("deliver_policy", .string("last_per_subject")))
        } else {
            config.append(.init("deliver_policy", .string("by_start_sequence")))
            config.append(.init("opt_start_seq", .integer(Int64(clamping: max(1, next)))))
        }
        if let filterSubject { config.append(.init("filter_subject", .string(filterSubject))) }
        if headersOnly { config.append(.init("headers_only", .bool(true))) }
        return .object([.init("stream_name", .string(stream)), .init("config", .object(config)), .init("action", .string("create"))])
    }
}

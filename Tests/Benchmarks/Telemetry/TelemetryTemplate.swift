// OTLP requests made once and patched per request, so that every span and log record is a new one and making them costs little.

/// Which spans share a request.
enum TelemetryLayout: String {
    /// Whole traces, as an agent in front of many services sends them.
    case trace
    /// The spans of one service, as an SDK sends them: a trace arrives in as many requests as it has services.
    case service
}

/// What an OTLP request carries.
enum TelemetrySignal: String {
    case traces, logs
}

/// A request's bytes and the places in it that differ from request to request.
///
/// Traces have 8 spans in 4 of 20 services, two each; a span has 10 attributes of which one is unique, a resource 6.
struct TelemetryTemplate {
    static let spansPerTrace = 8
    static let servicesPerTrace = 4
    static let services = 20
    private static let operations = 5

    private struct Slot {
        enum Field: String { case traceID, spanID, parentID, start, end, time, unique }
        var field: Field
        var offset: Int
        var trace: Int
        var span: Int
    }

    private(set) var bytes: [UInt8] = []
    /// Spans or records in a request.
    let count: Int
    /// Traces that begin in the first of the requests that share them.
    let traces: Int
    private var slots: [Slot] = []
    private let seed: UInt64

    /// - Parameter part: with ``TelemetryLayout/service``, which of the trace's services sends this request.
    init(signal: TelemetrySignal, layout: TelemetryLayout, batch: Int, part: Int, seed: UInt64) {
        self.seed = seed
        count = batch
        let perTrace = layout == .trace ? Self.spansPerTrace : Self.spansPerTrace / Self.servicesPerTrace
        traces = (batch + perTrace - 1) / perTrace
        var items: [(trace: Int, span: Int)] = []
        for trace in 0..<traces {
            let first = layout == .trace ? 0 : part * perTrace
            for span in first..<(first + perTrace) where items.count < batch { items.append((trace, span)) }
        }
        var request = ProtobufText()
        let groups = Dictionary(grouping: items) { Self.service(trace: $0.trace, span: $0.span) }
        for service in groups.keys.sorted() {
            request.message(1) { resourceSpans in
                resourceSpans.message(1) { Self.resource(&$0, service: service) }
                resourceSpans.message(2) { scope in
                    scope.message(1) {
                        $0.string(1, "argus-bench"); $0.string(2, "1.0")
                    }
                    for item in groups[service] ?? [] {
                        scope.message(2) { body in
                            if signal == .traces {
                                Self.span(&body, trace: item.trace, span: item.span)
                            } else {
                                Self.record(&body, trace: item.trace, span: item.span)
                            }
                        }
                    }
                }
            }
        }
        bytes = request.bytes
        slots = request.marks.compactMap { mark in
            Slot.Field(rawValue: mark.name).map { Slot(field: $0, offset: mark.offset, trace: mark.trace, span: mark.span) }
        }
    }

    /// Makes the request number `request`, whose spans start about `now` (Unix nanoseconds).
    mutating func patch(request: UInt64, now: UInt64) {
        bytes.withUnsafeMutableBytes { buffer in
            for slot in slots {
                let trace = Self.mix(seed &+ request &* 1_000_003 &+ UInt64(slot.trace))
                switch slot.field {
                case .traceID:
                    buffer.storeBytes(of: trace, toByteOffset: slot.offset, as: UInt64.self)
                    buffer.storeBytes(of: Self.mix(trace), toByteOffset: slot.offset + 8, as: UInt64.self)
                case .spanID:
                    buffer.storeBytes(of: Self.spanID(trace, slot.span), toByteOffset: slot.offset, as: UInt64.self)
                case .parentID:
                    buffer.storeBytes(of: Self.spanID(trace, (slot.span - 1) / 2), toByteOffset: slot.offset, as: UInt64.self)
                case .start, .time:
                    buffer.storeBytes(of: now &+ UInt64(slot.span) * 500_000, toByteOffset: slot.offset, as: UInt64.self)
                case .end:
                    let duration = 1_000_000 + trace % 50_000_000 / UInt64(slot.span + 1)
                    buffer.storeBytes(of: now &+ UInt64(slot.span) * 500_000 &+ duration, toByteOffset: slot.offset, as: UInt64.self)
                case .unique:
                    var value = trace &+ UInt64(slot.span)
                    for index in 0..<16 {
                        let digit = UInt8(value & 15)
                        buffer[slot.offset + index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                        value >>= 4
                    }
                }
            }
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return (z ^ (z >> 31)) | 1
    }

    private static func spanID(_ trace: UInt64, _ span: Int) -> UInt64 {
        mix(trace &+ UInt64(span) &* 7919)
    }

    private static func service(trace: Int, span: Int) -> Int {
        (trace * 3 + span / (spansPerTrace / servicesPerTrace)) % services
    }

    private static func resource(_ message: inout ProtobufText, service: Int) {
        message.attribute(1, "service.name", "service-\(service)")
        message.attribute(1, "service.version", "2.\(service).1")
        message.attribute(1, "service.instance.id", "service-\(service)-7f9c4d-\(service * 31)")
        message.attribute(1, "deployment.environment.name", "production")
        message.attribute(1, "telemetry.sdk.language", "python")
        message.attribute(1, "telemetry.sdk.name", "opentelemetry")
    }

    private static func span(_ message: inout ProtobufText, trace: Int, span: Int) {
        let operation = (trace + span) % operations
        let failed = (trace * 8 + span) % 50 == 49
        message.marked(1, "traceID", bytes: 16, trace, span)
        message.marked(2, "spanID", bytes: 8, trace, span)
        if span > 0 { message.marked(4, "parentID", bytes: 8, trace, span) }
        message.string(5, "GET /resource-\(operation)/{id}")
        message.varint(6, span.isMultiple(of: 2) ? 2 : 3)
        message.markedFixed64(7, "start", trace, span)
        message.markedFixed64(8, "end", trace, span)
        message.attribute(9, "http.request.method", "GET")
        message.attribute(9, "http.route", "/resource-\(operation)/{id}")
        message.attribute(9, "http.response.status_code", failed ? 500 : 200)
        message.attribute(9, "url.scheme", "http")
        message.attribute(9, "server.address", "service-\(span).internal")
        message.attribute(9, "server.port", 8080)
        message.attribute(9, "client.address", "10.0.\(trace % 16).\(span)")
        message.attribute(9, "user_agent.original", "argus-bench/1.0 (loopback)")
        message.attribute(9, "thread.id", trace % 32)
        message.message(9) { attribute in
            attribute.string(1, "order.id")
            attribute.message(2) { $0.marked(1, "unique", bytes: 16, trace, span) }
        }
        if failed {
            message.message(15) {
                $0.string(2, "connection reset by peer"); $0.varint(3, 2)
            }
        }
    }

    private static func record(_ message: inout ProtobufText, trace: Int, span: Int) {
        let failed = (trace * 8 + span) % 50 == 49
        message.markedFixed64(1, "time", trace, span)
        message.varint(2, failed ? 17 : 9)
        message.string(3, failed ? "ERROR" : "INFO")
        message.message(5) { $0.string(1, failed ? "payment was refused by the bank" : "order accepted and queued for shipping") }
        message.attribute(6, "code.function.name", "handle_order_\(span)")
        message.attribute(6, "thread.id", trace % 32)
        message.attribute(6, "customer.tier", ["gold", "silver", "bronze"][trace % 3])
        message.message(6) { attribute in
            attribute.string(1, "order.id")
            attribute.message(2) { $0.marked(1, "unique", bytes: 16, trace, span) }
        }
        message.marked(9, "traceID", bytes: 16, trace, span)
        message.marked(10, "spanID", bytes: 8, trace, span)
        message.markedFixed64(11, "time", trace, span)
    }
}

/// Protobuf written field by field, remembering where the marked values are. Its own code and not the services', which it measures.
struct ProtobufText {
    struct Mark {
        var name: String
        var offset: Int
        var trace: Int
        var span: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var marks: [Mark] = []

    mutating func varint(_ field: Int, _ value: Int) {
        raw(field << 3)
        raw(value)
    }

    mutating func string(_ field: Int, _ value: String) {
        raw(field << 3 | 2)
        raw(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func message(_ field: Int, _ body: (inout ProtobufText) -> Void) {
        var inner = ProtobufText()
        body(&inner)
        raw(field << 3 | 2)
        raw(inner.bytes.count)
        marks += inner.marks.map { Mark(name: $0.name, offset: $0.offset + bytes.count, trace: $0.trace, span: $0.span) }
        bytes.append(contentsOf: inner.bytes)
    }

    mutating func attribute(_ field: Int, _ key: String, _ value: String) {
        message(field) { attribute in
            attribute.string(1, key)
            attribute.message(2) { $0.string(1, value) }
        }
    }

    mutating func attribute(_ field: Int, _ key: String, _ value: Int) {
        message(field) { attribute in
            attribute.string(1, key)
            attribute.message(2) { $0.varint(3, value) }
        }
    }

    mutating func marked(_ field: Int, _ name: String, bytes count: Int, _ trace: Int, _ span: Int) {
        raw(field << 3 | 2)
        raw(count)
        mark(name, count, trace, span)
    }

    mutating func markedFixed64(_ field: Int, _ name: String, _ trace: Int, _ span: Int) {
        raw(field << 3 | 1)
        mark(name, 8, trace, span)
    }

    private mutating func mark(_ name: String, _ count: Int, _ trace: Int, _ span: Int) {
        marks.append(Mark(name: name, offset: bytes.count, trace: trace, span: span))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: count))
    }

    private mutating func raw(_ value: Int) {
        var rest = UInt64(value)
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

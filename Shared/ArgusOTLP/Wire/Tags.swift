// Field numbers and wire types of the OTLP messages (opentelemetry-proto 1.x), joined as they stand on the wire.

/// Of fields that several messages have under the same number.
enum Tag {
    static let keyValueKey: UInt32 = 1 << 3 | 2
    static let keyValueValue: UInt32 = 2 << 3 | 2
    /// `ArrayValue.values` and `KeyValueList.values`.
    static let listValues: UInt32 = 1 << 3 | 2
}

enum RequestTag {
    /// `resource_spans`, `resource_logs`, `resource_metrics`; `scope_spans` and so on are alike too.
    static let resources: UInt32 = 1 << 3 | 2
    static let resource: UInt32 = 1 << 3 | 2
    static let scopes: UInt32 = 2 << 3 | 2
    static let scope: UInt32 = 1 << 3 | 2
    static let items: UInt32 = 2 << 3 | 2
    static let schemaURL: UInt32 = 3 << 3 | 2
}

enum ResourceTag {
    static let attributes: UInt32 = 1 << 3 | 2
    static let droppedAttributes: UInt32 = 2 << 3
}

enum ScopeTag {
    static let name: UInt32 = 1 << 3 | 2
    static let version: UInt32 = 2 << 3 | 2
    static let attributes: UInt32 = 3 << 3 | 2
    static let droppedAttributes: UInt32 = 4 << 3
}

enum AnyValueTag {
    static let string: UInt32 = 1 << 3 | 2
    static let bool: UInt32 = 2 << 3
    static let int: UInt32 = 3 << 3
    static let double: UInt32 = 4 << 3 | 1
    static let array: UInt32 = 5 << 3 | 2
    static let keyValues: UInt32 = 6 << 3 | 2
    static let bytes: UInt32 = 7 << 3 | 2
}

enum SpanTag {
    static let traceID: UInt32 = 1 << 3 | 2
    static let spanID: UInt32 = 2 << 3 | 2
    static let traceState: UInt32 = 3 << 3 | 2
    static let parentSpanID: UInt32 = 4 << 3 | 2
    static let name: UInt32 = 5 << 3 | 2
    static let kind: UInt32 = 6 << 3
    static let startTime: UInt32 = 7 << 3 | 1
    static let endTime: UInt32 = 8 << 3 | 1
    static let attributes: UInt32 = 9 << 3 | 2
    static let droppedAttributes: UInt32 = 10 << 3
    static let events: UInt32 = 11 << 3 | 2
    static let droppedEvents: UInt32 = 12 << 3
    static let links: UInt32 = 13 << 3 | 2
    static let droppedLinks: UInt32 = 14 << 3
    static let status: UInt32 = 15 << 3 | 2
    static let flags: UInt32 = 16 << 3 | 5
}

enum StatusTag {
    static let message: UInt32 = 2 << 3 | 2
    static let code: UInt32 = 3 << 3
}

enum EventTag {
    static let time: UInt32 = 1 << 3 | 1
    static let name: UInt32 = 2 << 3 | 2
    static let attributes: UInt32 = 3 << 3 | 2
    static let droppedAttributes: UInt32 = 4 << 3
}

enum LinkTag {
    static let traceID: UInt32 = 1 << 3 | 2
    static let spanID: UInt32 = 2 << 3 | 2
    static let traceState: UInt32 = 3 << 3 | 2
    static let attributes: UInt32 = 4 << 3 | 2
    static let droppedAttributes: UInt32 = 5 << 3
    static let flags: UInt32 = 6 << 3 | 5
}

enum LogTag {
    static let time: UInt32 = 1 << 3 | 1
    static let severityNumber: UInt32 = 2 << 3
    static let severityText: UInt32 = 3 << 3 | 2
    static let body: UInt32 = 5 << 3 | 2
    static let attributes: UInt32 = 6 << 3 | 2
    static let droppedAttributes: UInt32 = 7 << 3
    static let flags: UInt32 = 8 << 3 | 5
    static let traceID: UInt32 = 9 << 3 | 2
    static let spanID: UInt32 = 10 << 3 | 2
    static let observedTime: UInt32 = 11 << 3 | 1
    static let eventName: UInt32 = 12 << 3 | 2
}

enum MetricTag {
    static let name: UInt32 = 1 << 3 | 2
    static let description: UInt32 = 2 << 3 | 2
    static let unit: UInt32 = 3 << 3 | 2
    static let gauge: UInt32 = 5 << 3 | 2
    static let sum: UInt32 = 7 << 3 | 2
    static let histogram: UInt32 = 9 << 3 | 2
    static let exponentialHistogram: UInt32 = 10 << 3 | 2
    static let summary: UInt32 = 11 << 3 | 2
    /// Of every kind of data.
    static let dataPoints: UInt32 = 1 << 3 | 2
}

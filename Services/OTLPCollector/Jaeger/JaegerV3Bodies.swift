// Bodies of version 3 of Jaeger's query API: traces in OTLP's JSON.

import ArgusOTLP
import ArgusShared

/// Writes what the routes under `/jaeger/api/v3` answer with.
enum JaegerV3Bodies {
    /// An answer without data.
    static func error(code: Int, message: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.object("error") { writer in
                writer.integer("httpCode", code)
                writer.string("message", message)
            }
        }
        return writer.bytes
    }

    /// Names of services.
    static func services(_ names: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in writer.array("services", names) { $0.string($1) } }
        return writer.bytes
    }

    /// Operations with the kinds of their spans, which are not kept by operation.
    static func operations(_ names: [String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("operations", names) { writer, name in
                writer.object { writer in
                    writer.string("name", name)
                    writer.string("spanKind", SpanKind.unspecified.text)
                }
            }
        }
        return writer.bytes
    }

    /// Calls between services.
    static func dependencies(_ calls: [RollupQueries.Edge: Int64]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            let sorted = calls.sorted { ($0.key.caller, $0.key.callee) < ($1.key.caller, $1.key.callee) }
            writer.array("dependencies", sorted) { writer, call in
                writer.object { writer in
                    writer.string("parent", call.key.caller)
                    writer.string("child", call.key.callee)
                    writer.string("callCount", String(call.value))
                }
            }
        }
        return writer.bytes
    }

    /// Whole traces as one `TracesData`.
    static func traces(_ traces: [TraceQueries.Trace]) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.object("result") { writer in
                writer.key("resourceSpans")
                writer.beginArray()
                for trace in traces {
                    for (resource, spans) in Groups(trace.spans, by: \.resource).groups { writer.resourceSpans(resource, spans) }
                }
                writer.endArray()
            }
        }
        return writer.bytes
    }
}

/// Spans by something they share, in the order it was first seen.
private struct Groups<Key: Hashable> {
    private(set) var groups: [(key: Key, spans: [SpanRecord])] = []

    init(_ spans: [SpanRecord], by key: (SpanRecord) -> Key) {
        var places: [Key: Int] = [:]
        for span in spans {
            let key = key(span)
            if let place = places[key] {
                groups[place].spans.append(span)
            } else {
                places[key] = groups.count
                groups.append((key, [span]))
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func resourceSpans(_ resource: Resource, _ spans: [SpanRecord]) {
        beginObject()
        object("resource") { writer in
            writer.otlpAttributes(resource.attributes, dropped: resource.droppedAttributes)
        }
        array("scopeSpans", Groups(spans, by: \.scope).groups) { writer, group in
            writer.object { writer in
                writer.object("scope") { writer in
                    writer.string("name", group.key.name)
                    writer.string("version", group.key.version)
                    writer.otlpAttributes(group.key.attributes, dropped: group.key.droppedAttributes)
                }
                writer.array("spans", group.spans) { $0.otlpSpan($1) }
                if !group.key.schemaURL.isEmpty { writer.string("schemaUrl", group.key.schemaURL) }
            }
        }
        if !resource.schemaURL.isEmpty { string("schemaUrl", resource.schemaURL) }
        endObject()
    }

    private mutating func otlpSpan(_ span: SpanRecord) {
        beginObject()
        string("traceId", span.traceID.hex)
        string("spanId", span.spanID.hex)
        string("parentSpanId", span.parentSpanID?.hex ?? "")
        if !span.traceState.isEmpty { string("traceState", span.traceState) }
        if span.flags != 0 { integer("flags", span.flags) }
        string("name", span.name)
        integer("kind", span.kind.rawValue)
        string("startTimeUnixNano", String(span.start))
        string("endTimeUnixNano", String(span.end))
        otlpAttributes(span.attributes, dropped: span.droppedAttributes)
        if !span.events.isEmpty {
            array("events", span.events) { writer, event in
                writer.object { writer in
                    writer.string("timeUnixNano", String(event.time))
                    writer.string("name", event.name)
                    writer.otlpAttributes(event.attributes, dropped: event.droppedAttributes)
                }
            }
        }
        if span.droppedEvents > 0 { integer("droppedEventsCount", span.droppedEvents) }
        if !span.links.isEmpty {
            array("links", span.links) { writer, link in
                writer.object { writer in
                    writer.string("traceId", link.traceID.hex)
                    writer.string("spanId", link.spanID.hex)
                    if !link.traceState.isEmpty { writer.string("traceState", link.traceState) }
                    writer.otlpAttributes(link.attributes, dropped: link.droppedAttributes)
                }
            }
        }
        if span.droppedLinks > 0 { integer("droppedLinksCount", span.droppedLinks) }
        object("status") { writer in
            if !span.status.message.isEmpty { writer.string("message", span.status.message) }
            if span.status.code != .unset { writer.integer("code", span.status.code.rawValue) }
        }
        endObject()
    }

    private mutating func otlpAttributes(_ attributes: [Attribute], dropped: UInt32) {
        key("attributes")
        otlpMembers(attributes)
        if dropped > 0 { integer("droppedAttributesCount", dropped) }
    }

    private mutating func otlpMembers(_ attributes: [Attribute]) {
        beginArray()
        for attribute in attributes {
            beginObject()
            string("key", attribute.key)
            key("value")
            otlpValue(attribute.value)
            endObject()
        }
        endArray()
    }

    private mutating func otlpValue(_ value: AnyValue) {
        beginObject()
        switch value {
        case .empty: break
        case .string(let text): string("stringValue", text)
        case .bool(let flag): bool("boolValue", flag)
        case .int(let number): string("intValue", String(number))
        case .double:
            key("doubleValue")
            self.value(value)
        case .bytes(let bytes): string("bytesValue", Base64.encode(bytes))
        case .array(let elements):
            object("arrayValue") { writer in writer.array("values", elements) { $0.otlpValue($1) } }
        case .keyValues(let members):
            object("kvlistValue") { writer in
                writer.key("values")
                writer.otlpMembers(members)
            }
        }
        endObject()
    }
}

// Decoded values to OTLP's JSON mapping.

public import ArgusShared

extension OTLPJSON {
    /// An `ExportTraceServiceRequest`: `{"resourceSpans":[...]}`.
    public static func traces(_ groups: [OTLPGroup<OTLPSpan>]) -> [UInt8] {
        request(groups, "resourceSpans", "scopeSpans", "spans") { write($1, to: &$0) }
    }

    /// An `ExportLogsServiceRequest`: `{"resourceLogs":[...]}`.
    public static func logs(_ groups: [OTLPGroup<OTLPLogRecord>]) -> [UInt8] {
        request(groups, "resourceLogs", "scopeLogs", "logRecords") { write($1, to: &$0) }
    }

    /// A span as an object: ids in hexadecimal, 64-bit numbers as strings, enumerations as numbers.
    public static func write(_ span: OTLPSpan, to writer: inout JSONWriter) {
        writer.beginObject()
        member("traceId", span.traceID.hex, &writer)
        member("spanId", span.spanID.hex, &writer)
        member("traceState", span.traceState, &writer)
        member("parentSpanId", span.parentSpanID?.hex ?? "", &writer)
        member("name", span.name, &writer)
        member("kind", span.kind, &writer)
        member("startTimeUnixNano", span.startTime == 0 ? "" : "\(span.startTime)", &writer)
        member("endTimeUnixNano", span.endTime == 0 ? "" : "\(span.endTime)", &writer)
        attributes(span.attributes, &writer)
        member("droppedAttributesCount", span.droppedAttributesCount, &writer)
        list("events", span.events, &writer) { event, writer in
            member("timeUnixNano", event.time == 0 ? "" : "\(event.time)", &writer)
            member("name", event.name, &writer)
            attributes(event.attributes, &writer)
            member("droppedAttributesCount", event.droppedAttributesCount, &writer)
        }
        member("droppedEventsCount", span.droppedEventsCount, &writer)
        list("links", span.links, &writer) { link, writer in
            member("traceId", link.traceID.hex, &writer)
            member("spanId", link.spanID.hex, &writer)
            member("traceState", link.traceState, &writer)
            attributes(link.attributes, &writer)
            member("droppedAttributesCount", link.droppedAttributesCount, &writer)
            member("flags", link.flags, &writer)
        }
        member("droppedLinksCount", span.droppedLinksCount, &writer)
        if span.statusCode != 0 || !span.statusMessage.isEmpty {
            writer.key("status")
            writer.beginObject()
            member("message", span.statusMessage, &writer)
            member("code", span.statusCode, &writer)
            writer.endObject()
        }
        member("flags", span.flags, &writer)
        writer.endObject()
    }

    /// A log record as an object, in the same manner.
    public static func write(_ record: OTLPLogRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        member("timeUnixNano", record.time == 0 ? "" : "\(record.time)", &writer)
        member("observedTimeUnixNano", record.observedTime == 0 ? "" : "\(record.observedTime)", &writer)
        member("severityNumber", record.severityNumber, &writer)
        member("severityText", record.severityText, &writer)
        member("eventName", record.eventName, &writer)
        if record.body != .empty {
            writer.key("body")
            write(record.body, to: &writer)
        }
        attributes(record.attributes, &writer)
        member("droppedAttributesCount", record.droppedAttributesCount, &writer)
        member("traceId", record.traceID?.hex ?? "", &writer)
        member("spanId", record.spanID?.hex ?? "", &writer)
        member("flags", record.flags, &writer)
        writer.endObject()
    }

    /// A value as an `AnyValue` object; the empty value is `{}`.
    public static func write(_ value: AnyValue, to writer: inout JSONWriter) {
        writer.beginObject()
        switch value {
        case .empty: break
        case .string(let text):
            writer.string("stringValue", text)
        case .bool(let flag):
            writer.bool("boolValue", flag)
        case .int(let number):
            writer.string("intValue", "\(number)")
        case .double(let number):
            writer.key("doubleValue")
            if number.isFinite {
                writer.double(number)
            } else {
                writer.string(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")
            }
        case .bytes(let bytes):
            writer.string("bytesValue", Base64.encode(bytes))
        case .array(let elements):
            writer.key("arrayValue")
            writer.beginObject()
            writer.key("values")
            writer.beginArray()
            for element in elements { write(element, to: &writer) }
            writer.endArray()
            writer.endObject()
        case .keyValues(let attributes):
            writer.key("kvlistValue")
            writer.beginObject()
            writer.key("values")
            write(attributes, to: &writer)
            writer.endObject()
        }
        writer.endObject()
    }

    /// Attributes as an array of `KeyValue` objects.
    public static func write(_ attributes: [Attribute], to writer: inout JSONWriter) {
        writer.beginArray()
        for attribute in attributes {
            writer.beginObject()
            writer.string("key", attribute.key)
            writer.key("value")
            write(attribute.value, to: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func request<Item>(
        _ groups: [OTLPGroup<Item>], _ resources: StaticString, _ scopes: StaticString, _ items: StaticString,
        _ item: (inout JSONWriter, Item) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.beginObject()
        list(resources, groups, &writer) { group, writer in
            writer.key("resource")
            writer.beginObject()
            attributes(group.resource.attributes, &writer)
            member("droppedAttributesCount", group.resource.droppedAttributesCount, &writer)
            writer.endObject()
            list(scopes, group.scopes, &writer) { scoped, writer in
                writer.key("scope")
                writer.beginObject()
                member("name", scoped.scope.name, &writer)
                member("version", scoped.scope.version, &writer)
                attributes(scoped.scope.attributes, &writer)
                member("droppedAttributesCount", scoped.scope.droppedAttributesCount, &writer)
                writer.endObject()
                writer.key(items)
                writer.beginArray()
                for element in scoped.items { item(&writer, element) }
                writer.endArray()
                member("schemaUrl", scoped.scope.schemaURL, &writer)
            }
            member("schemaUrl", group.resource.schemaURL, &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    private static func member(_ name: StaticString, _ value: String, _ writer: inout JSONWriter) {
        guard !value.isEmpty else { return }
        writer.key(name)
        writer.string(value)
    }

    private static func member(_ name: StaticString, _ value: some BinaryInteger, _ writer: inout JSONWriter) {
        guard value != 0 else { return }
        writer.key(name)
        writer.integer(value)
    }

    private static func attributes(_ attributes: [Attribute], _ writer: inout JSONWriter) {
        guard !attributes.isEmpty else { return }
        writer.key("attributes")
        write(attributes, to: &writer)
    }

    private static func list<Element>(
        _ name: StaticString, _ elements: [Element], _ writer: inout JSONWriter, _ object: (Element, inout JSONWriter) -> Void
    ) {
        guard !elements.isEmpty else { return }
        writer.key(name)
        writer.beginArray()
        for element in elements {
            writer.beginObject()
            object(element, &writer)
            writer.endObject()
        }
        writer.endArray()
    }
}

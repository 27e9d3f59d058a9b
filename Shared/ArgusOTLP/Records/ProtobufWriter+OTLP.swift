// Decoded values to the wire.

extension ProtobufWriter {
    /// A field that holds a `KeyValue`, for each of `attributes`.
    public mutating func attributes(_ field: UInt32, _ attributes: [Attribute]) {
        for attribute in attributes {
            message(field) { writer in
                writer.string(1, attribute.key)
                if attribute.value != .empty { writer.message(2) { $0.fields(of: attribute.value) } }
            }
        }
    }

    /// The fields of an `AnyValue`; none for the empty value.
    public mutating func fields(of value: AnyValue) {
        switch value {
        case .empty: break
        case .string(let text): alwaysString(1, text)
        case .bool(let flag): alwaysVarint(2, flag ? 1 : 0)
        case .int(let number): alwaysVarint(3, UInt64(bitPattern: number))
        case .double(let number): alwaysFixed64(4, number.bitPattern)
        case .array(let elements):
            message(5) { writer in
                for element in elements { writer.message(1) { $0.fields(of: element) } }
            }
        case .keyValues(let attributes): message(6) { $0.attributes(1, attributes) }
        case .bytes(let bytes): alwaysBytes(7, bytes)
        }
    }

    /// The fields of a `Span`.
    public mutating func fields(of span: OTLPSpan) {
        id(1, span.traceID)
        id(2, span.spanID)
        string(3, span.traceState)
        if let parent = span.parentSpanID { id(4, parent) }
        string(5, span.name)
        varint(6, UInt64(bitPattern: Int64(span.kind)))
        fixed64(7, span.startTime)
        fixed64(8, span.endTime)
        attributes(9, span.attributes)
        varint(10, UInt64(span.droppedAttributesCount))
        for event in span.events {
            message(11) { writer in
                writer.fixed64(1, event.time)
                writer.string(2, event.name)
                writer.attributes(3, event.attributes)
                writer.varint(4, UInt64(event.droppedAttributesCount))
            }
        }
        varint(12, UInt64(span.droppedEventsCount))
        for link in span.links {
            message(13) { writer in
                writer.id(1, link.traceID)
                writer.id(2, link.spanID)
                writer.string(3, link.traceState)
                writer.attributes(4, link.attributes)
                writer.varint(5, UInt64(link.droppedAttributesCount))
                writer.fixed32(6, link.flags)
            }
        }
        varint(14, UInt64(span.droppedLinksCount))
        if span.statusCode != 0 || !span.statusMessage.isEmpty {
            message(15) { writer in
                writer.string(2, span.statusMessage)
                writer.varint(3, UInt64(bitPattern: Int64(span.statusCode)))
            }
        }
        fixed32(16, span.flags)
    }

    /// The fields of a `LogRecord`.
    public mutating func fields(of record: OTLPLogRecord) {
        fixed64(1, record.time)
        varint(2, UInt64(bitPattern: Int64(record.severityNumber)))
        string(3, record.severityText)
        if record.body != .empty { message(5) { $0.fields(of: record.body) } }
        attributes(6, record.attributes)
        varint(7, UInt64(record.droppedAttributesCount))
        fixed32(8, record.flags)
        if let trace = record.traceID { id(9, trace) }
        if let span = record.spanID { id(10, span) }
        fixed64(11, record.observedTime)
        string(12, record.eventName)
    }

    private mutating func id(_ field: UInt32, _ id: TraceID) {
        guard id.isValid else { return }
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { alwaysBytes(field, $0) }
    }

    private mutating func id(_ field: UInt32, _ id: SpanID) {
        guard id.isValid else { return }
        withUnsafeBytes(of: id.value.bigEndian) { alwaysBytes(field, $0) }
    }

    /// One `ResourceSpans` or `ResourceLogs`, as a field of a request.
    mutating func group<Item>(_ group: OTLPGroup<Item>, fields: (inout ProtobufWriter, Item) -> Void) {
        message(1) { writer in
            writer.message(1) {
                $0.attributes(1, group.resource.attributes)
                $0.varint(2, UInt64(group.resource.droppedAttributesCount))
            }
            for scoped in group.scopes {
                writer.message(2) { writer in
                    writer.message(1) {
                        $0.string(1, scoped.scope.name)
                        $0.string(2, scoped.scope.version)
                        $0.attributes(3, scoped.scope.attributes)
                        $0.varint(4, UInt64(scoped.scope.droppedAttributesCount))
                    }
                    for item in scoped.items { writer.message(2) { fields(&$0, item) } }
                    writer.string(3, scoped.scope.schemaURL)
                }
            }
            writer.string(3, group.resource.schemaURL)
        }
    }
}

// What generated protobuf code makes of a request, in the product's own types.

import ArgusOTLP
import OTLPReference
import SwiftProtobuf

typealias ReferenceTraces = Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceRequest
typealias ReferenceLogs = Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceRequest
typealias ReferenceMetrics = Opentelemetry_Proto_Collector_Metrics_V1_ExportMetricsServiceRequest
typealias ReferenceSpan = Opentelemetry_Proto_Trace_V1_Span
typealias ReferenceLog = Opentelemetry_Proto_Logs_V1_LogRecord
typealias ReferenceValue = Opentelemetry_Proto_Common_V1_AnyValue
typealias ReferenceAttribute = Opentelemetry_Proto_Common_V1_KeyValue
typealias ReferenceResource = Opentelemetry_Proto_Resource_V1_Resource
typealias ReferenceScope = Opentelemetry_Proto_Common_V1_InstrumentationScope

/// Each is nil where generated code refuses the bytes.
enum ReferenceDecoder {
    static func spans(_ bytes: [UInt8]) -> [OTLPGroup<OTLPSpan>]? {
        guard let request = try? ReferenceTraces(serializedBytes: bytes) else { return nil }
        return groups(request.resourceSpans) { group in
            (
                group.resource, group.schemaURL,
                group.scopeSpans.map { ($0.scope, $0.schemaURL, $0.spans.map(OTLPSpan.init(reference:))) }
            )
        }
    }

    static func logs(_ bytes: [UInt8]) -> [OTLPGroup<OTLPLogRecord>]? {
        guard let request = try? ReferenceLogs(serializedBytes: bytes) else { return nil }
        return groups(request.resourceLogs) { group in
            (
                group.resource, group.schemaURL,
                group.scopeLogs.map { ($0.scope, $0.schemaURL, $0.logRecords.map(OTLPLogRecord.init(reference:))) }
            )
        }
    }

    static func points(_ bytes: [UInt8]) -> Int? {
        guard let request = try? ReferenceMetrics(serializedBytes: bytes) else { return nil }
        var points = 0
        for metric in request.resourceMetrics.flatMap(\.scopeMetrics).flatMap(\.metrics) {
            switch metric.data {
            case .gauge(let data): points += data.dataPoints.count
            case .sum(let data): points += data.dataPoints.count
            case .histogram(let data): points += data.dataPoints.count
            case .exponentialHistogram(let data): points += data.dataPoints.count
            case .summary(let data): points += data.dataPoints.count
            case nil: break
            }
        }
        return points
    }

    /// Why the product must refuse a span, by the rules written down a second time.
    static func refusal(of span: ReferenceSpan) -> InvalidSpan? {
        if span.traceID.count != 16 { return .traceIDLength }
        if span.traceID.allSatisfy({ $0 == 0 }) { return .traceIDZero }
        if span.spanID.count != 8 { return .spanIDLength }
        if span.spanID.allSatisfy({ $0 == 0 }) { return .spanIDZero }
        if !span.parentSpanID.isEmpty, span.parentSpanID.count != 8 { return .parentSpanIDLength }
        if max(span.startTimeUnixNano, span.endTimeUnixNano) > Int64.max { return .timeOutOfRange }
        return span.endTimeUnixNano < span.startTimeUnixNano ? .endBeforeStart : nil
    }

    /// Resources and scopes without items are left out, as the product does.
    private static func groups<Group, Item>(
        _ groups: [Group], _ parts: (Group) -> (ReferenceResource, String, [(ReferenceScope, String, [Item])])
    ) -> [OTLPGroup<Item>] {
        groups.compactMap { group in
            let (resource, schemaURL, scopes) = parts(group)
            let filled = scopes.filter { !$0.2.isEmpty }
            guard !filled.isEmpty else { return nil }
            return OTLPGroup(
                resource: OTLPResource(
                    attributes: resource.attributes.map(Attribute.init(reference:)),
                    droppedAttributesCount: resource.droppedAttributesCount, schemaURL: schemaURL),
                scopes: filled.map { scope, schemaURL, items in
                    .init(
                        scope: OTLPScope(
                            name: scope.name, version: scope.version, attributes: scope.attributes.map(Attribute.init(reference:)),
                            droppedAttributesCount: scope.droppedAttributesCount, schemaURL: schemaURL), items: items)
                })
        }
    }
}

extension TraceID {
    init(reference bytes: some Sequence<UInt8>) {
        self = Array(bytes).withUnsafeBytes { TraceID(bytes: $0) } ?? TraceID(high: 0, low: 0)
    }
}

extension SpanID {
    static func parsed(_ bytes: some Sequence<UInt8>) -> SpanID? {
        Array(bytes).withUnsafeBytes { SpanID(bytes: $0) }
    }
}

extension Attribute {
    init(reference: ReferenceAttribute) {
        self.init(reference.key, AnyValue(reference: reference.value))
    }
}

extension AnyValue {
    init(reference: ReferenceValue) {
        switch reference.value {
        case nil: self = .empty
        case .stringValue(let text): self = .string(text)
        case .boolValue(let flag): self = .bool(flag)
        case .intValue(let number): self = .int(number)
        case .doubleValue(let number): self = .double(number)
        case .arrayValue(let list): self = .array(list.values.map(AnyValue.init(reference:)))
        case .kvlistValue(let list): self = .keyValues(list.values.map(Attribute.init(reference:)))
        case .bytesValue(let bytes): self = .bytes(Array(bytes))
        }
    }
}

extension OTLPSpan {
    init(reference: ReferenceSpan) {
        self.init(
            traceID: TraceID(reference: reference.traceID), spanID: .parsed(reference.spanID) ?? SpanID(value: 0),
            parentSpanID: .parsed(reference.parentSpanID), name: reference.name, startTime: reference.startTimeUnixNano,
            endTime: reference.endTimeUnixNano)
        traceState = reference.traceState
        kind = Int32(reference.kind.rawValue)
        flags = reference.flags
        attributes = reference.attributes.map(Attribute.init(reference:))
        droppedAttributesCount = reference.droppedAttributesCount
        events = reference.events.map { event in
            Event(
                time: event.timeUnixNano, name: event.name, attributes: event.attributes.map(Attribute.init(reference:)),
                droppedAttributesCount: event.droppedAttributesCount)
        }
        droppedEventsCount = reference.droppedEventsCount
        links = reference.links.map { link in
            Link(
                traceID: TraceID(reference: link.traceID), spanID: .parsed(link.spanID) ?? SpanID(value: 0), traceState: link.traceState,
                attributes: link.attributes.map(Attribute.init(reference:)), droppedAttributesCount: link.droppedAttributesCount,
                flags: link.flags)
        }
        droppedLinksCount = reference.droppedLinksCount
        statusCode = Int32(reference.status.code.rawValue)
        statusMessage = reference.status.message
    }
}

extension OTLPLogRecord {
    init(reference: ReferenceLog) {
        self.init(
            time: reference.timeUnixNano, observedTime: reference.observedTimeUnixNano,
            severityNumber: Int32(reference.severityNumber.rawValue), severityText: reference.severityText,
            body: AnyValue(reference: reference.body))
        attributes = reference.attributes.map(Attribute.init(reference:))
        droppedAttributesCount = reference.droppedAttributesCount
        eventName = reference.eventName
        traceID = Array(reference.traceID).withUnsafeBytes { TraceID(bytes: $0) }
        spanID = .parsed(reference.spanID)
        flags = reference.flags
    }
}

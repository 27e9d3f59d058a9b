// Bodies of Jaeger's HTTP API, as its user interface and Grafana's data source read them.

import ArgusOTLP
import ArgusShared

/// Writes what the routes under `/jaeger/api` answer with.
enum JaegerBodies {
    /// The envelope of every answer.
    private static func envelope(total: Int = 0, _ data: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.key("data")
            data(&writer)
            writer.integer("total", total)
            writer.integer("limit", 0)
            writer.integer("offset", 0)
            writer.key("errors")
            writer.null()
        }
        return writer.bytes
    }

    /// An answer without data.
    static func error(code: Int, message: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("data")
            writer.null()
            for name: StaticString in ["total", "limit", "offset"] { writer.integer(name, 0) }
            writer.array("errors", [message]) { writer, message in
                writer.object { writer in
                    writer.integer("code", code)
                    writer.string("msg", message)
                }
            }
        }
        return writer.bytes
    }

    /// Names of services or operations.
    static func names(_ names: [String]) -> [UInt8] {
        envelope(total: names.count) { writer in
            writer.beginArray()
            for name in names { writer.string(name) }
            writer.endArray()
        }
    }

    /// Operations with the kinds of their spans, which are not kept by operation.
    static func operations(_ names: [String]) -> [UInt8] {
        envelope(total: names.count) { writer in
            writer.beginArray()
            for name in names {
                writer.object { writer in
                    writer.string("name", name)
                    writer.string("spanKind", "")
                }
            }
            writer.endArray()
        }
    }

    /// Calls between services.
    static func dependencies(_ calls: [RollupQueries.Edge: Int64]) -> [UInt8] {
        envelope { writer in
            writer.beginArray()
            for (edge, count) in calls.sorted(by: { ($0.key.caller, $0.key.callee) < ($1.key.caller, $1.key.callee) }) {
                writer.object { writer in
                    writer.string("parent", edge.caller)
                    writer.string("child", edge.callee)
                    writer.integer("callCount", count)
                }
            }
            writer.endArray()
        }
    }

    /// Whole traces.
    static func traces(_ traces: [TraceQueries.Trace]) -> [UInt8] {
        envelope { writer in
            writer.beginArray()
            for trace in traces { writer.jaegerTrace(trace) }
            writer.endArray()
        }
    }
}

/// Who made spans: Jaeger's process.
private struct Process: Hashable {
    var service: String
    var attributes: [Attribute]
}

extension JSONWriter {
    fileprivate mutating func jaegerTrace(_ trace: TraceQueries.Trace) {
        var numbers: [Process: Int] = [:]
        var processes: [Process] = []
        beginObject()
        string("traceID", trace.summary.traceID.hex)
        array("spans", trace.spans) { writer, span in
            let process = Process(service: span.service, attributes: span.resource.attributes)
            if numbers[process] == nil {
                processes.append(process)
                numbers[process] = processes.count
            }
            writer.jaegerSpan(span, process: "p\(numbers[process, default: 0])")
        }
        key("processes")
        beginObject()
        for (index, process) in processes.enumerated() {
            key("p\(index + 1)")
            object { writer in
                writer.string("serviceName", process.service)
                writer.array("tags", process.attributes.filter { $0.key != "service.name" }) { $0.jaegerTag($1.key, $1.value) }
            }
        }
        endObject()
        key("warnings")
        if trace.isTruncated {
            beginArray()
            string("The trace has \(trace.summary.spans) spans; these are \(trace.spans.count) of them.")
            endArray()
        } else {
            null()
        }
        endObject()
    }

    private mutating func jaegerSpan(_ span: SpanRecord, process: String) {
        beginObject()
        string("traceID", span.traceID.hex)
        string("spanID", span.spanID.hex)
        integer("flags", span.flags & 0xFF)
        string("operationName", span.name)
        key("references")
        beginArray()
        if let parent = span.parentSpanID { jaegerReference("CHILD_OF", span.traceID, parent) }
        for link in span.links { jaegerReference("FOLLOWS_FROM", link.traceID, link.spanID) }
        endArray()
        integer("startTime", span.start / 1000)
        integer("duration", span.duration / 1000)
        key("tags")
        beginArray()
        for attribute in span.attributes { jaegerTag(attribute.key, attribute.value) }
        for (key, value) in span.jaegerTags { jaegerTag(key, value) }
        endArray()
        array("logs", span.events) { writer, event in
            writer.object { writer in
                writer.integer("timestamp", event.time / 1000)
                writer.key("fields")
                writer.beginArray()
                if !event.attributes.contains(where: { $0.key == "event" }) { writer.jaegerTag("event", .string(event.name)) }
                for attribute in event.attributes { writer.jaegerTag(attribute.key, attribute.value) }
                writer.endArray()
            }
        }
        string("processID", process)
        key("warnings")
        null()
        endObject()
    }

    private mutating func jaegerReference(_ type: String, _ traceID: TraceID, _ spanID: SpanID) {
        object { writer in
            writer.string("refType", type)
            writer.string("traceID", traceID.hex)
            writer.string("spanID", spanID.hex)
        }
    }

    /// A tag; what Jaeger has no type for is text.
    fileprivate mutating func jaegerTag(_ key: String, _ value: AnyValue) {
        beginObject()
        string("key", key)
        switch value {
        case .bool: string("type", "bool")
        case .int: string("type", "int64")
        case .double(let number) where number.isFinite: string("type", "float64")
        case .bytes: string("type", "binary")
        case .empty, .string, .double, .array, .keyValues: string("type", "string")
        }
        self.key("value")
        switch value {
        case .empty: string("")
        case .array, .keyValues:
            var nested = JSONWriter()
            nested.value(value)
            string(String(decoding: nested.bytes, as: UTF8.self))
        default: self.value(value)
        }
        endObject()
    }
}

extension SpanRecord {
    /// What OpenTelemetry has fields for and Jaeger tags.
    fileprivate var jaegerTags: [(String, AnyValue)] {
        var tags: [(String, AnyValue)] = []
        if kind != .unspecified { tags.append(("span.kind", .string(kind.text))) }
        switch status.code {
        case .unset: break
        case .ok: tags.append(("otel.status_code", .string("OK")))
        case .error: tags += [("otel.status_code", .string("ERROR")), ("error", .bool(true))]
        }
        if !status.message.isEmpty { tags.append(("otel.status_description", .string(status.message))) }
        if !scope.name.isEmpty { tags.append(("otel.scope.name", .string(scope.name))) }
        if !scope.version.isEmpty { tags.append(("otel.scope.version", .string(scope.version))) }
        if !traceState.isEmpty { tags.append(("w3c.tracestate", .string(traceState))) }
        return tags
    }
}

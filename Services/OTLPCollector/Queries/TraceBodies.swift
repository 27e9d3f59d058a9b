// The bodies of answers about traces.

import ArgusOTLP
import ArgusShared

/// Writes what the routes of traces answer with.
enum TraceBodies {
    /// A page of a list.
    static func page(_ page: TraceQueries.Page, of query: TraceQuery) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + page.traces.count * 400)
        writer.object { writer in
            writer.time("from", query.range.start)
            writer.time("to", query.range.end)
            writer.array("traces", page.traces) { writer, trace in writer.object { $0.members(of: trace) } }
            writer.string("next_cursor", page.next?.encoded(scope: query.scope))
            writer.bool("truncated", page.isTruncated)
        }
        return writer.bytes
    }

    /// A whole trace.
    static func trace(_ trace: TraceQueries.Trace) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + trace.spans.count * 800 + trace.logs.count * 400)
        writer.object { writer in
            writer.members(of: trace.summary)
            writer.array("spans", trace.spans) { writer, span in writer.span(span) }
            writer.array("logs", trace.logs) { writer, log in writer.log(log) }
            writer.bool("truncated", trace.isTruncated)
        }
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func members(of trace: TraceSummary) {
        string("trace_id", trace.traceID.hex)
        string("root_service", trace.rootService ?? trace.firstService)
        string("root_operation", trace.rootOperation ?? trace.firstOperation)
        // False: the span without parent has not arrived, and the earliest one stands in for it.
        bool("has_root", trace.rootService != nil)
        time("start", trace.start)
        time("end", trace.end)
        microseconds("duration_us", trace.duration)
        integer("span_count", trace.spans)
        integer("error_count", trace.errors)
        string("status", (trace.errors > 0 ? TraceQuery.Status.error : .ok).rawValue)
        array("services", trace.services) { $0.string($1) }
    }

    /// A span as an object.
    fileprivate mutating func span(_ span: SpanRecord) {
        beginObject()
        string("trace_id", span.traceID.hex)
        string("span_id", span.spanID.hex)
        string("parent_span_id", span.parentSpanID?.hex)
        string("service", span.service)
        string("name", span.name)
        string("kind", span.kind.text)
        time("start", span.start)
        time("end", span.end)
        microseconds("duration_us", span.duration)
        object("status") { writer in
            writer.string("code", span.status.code.text)
            writer.string("message", span.status.message.isEmpty ? nil : span.status.message)
        }
        attributes("attributes", span.attributes)
        array("events", span.events) { writer, event in
            writer.object { writer in
                writer.string("name", event.name)
                writer.time("time", event.time)
                writer.attributes("attributes", event.attributes)
            }
        }
        array("links", span.links) { writer, link in
            writer.object { writer in
                writer.string("trace_id", link.traceID.hex)
                writer.string("span_id", link.spanID.hex)
                writer.attributes("attributes", link.attributes)
            }
        }
        attributes("resource", span.resource.attributes)
        scope(span.scope)
        string("trace_state", span.traceState.isEmpty ? nil : span.traceState)
        integer("flags", span.flags)
        endObject()
    }

    /// A member `scope`.
    fileprivate mutating func scope(_ scope: Scope) {
        object("scope") { writer in
            writer.string("name", scope.name)
            writer.string("version", scope.version)
            writer.attributes("attributes", scope.attributes)
        }
    }

    /// A log as an object.
    mutating func log(_ log: LogRecord) {
        beginObject()
        string("id", log.id.text)
        time("time", log.time)
        if log.observedTime != 0 { time("observed", log.observedTime) }
        string("service", log.service)
        string("severity", log.severity.label)
        integer("severity_number", log.severityNumber)
        string("severity_text", log.severityText)
        key("body")
        value(log.body)
        attributes("attributes", log.attributes)
        string("event_name", log.eventName.isEmpty ? nil : log.eventName)
        string("trace_id", log.traceID?.hex)
        string("span_id", log.spanID?.hex)
        attributes("resource", log.resource.attributes)
        scope(log.scope)
        endObject()
    }
}

extension SpanKind {
    /// How answers name it.
    var text: String {
        switch self {
        case .unspecified: "unspecified"
        case .internal: "internal"
        case .server: "server"
        case .client: "client"
        case .producer: "producer"
        case .consumer: "consumer"
        }
    }
}

extension SpanStatus.Code {
    /// How answers name it.
    var text: String {
        switch self {
        case .unset: "unset"
        case .ok: "ok"
        case .error: "error"
        }
    }
}

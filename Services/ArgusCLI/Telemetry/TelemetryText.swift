// Spans and log records for people and for programs.

import ArgusOTLP
import ArgusShared

/// How telemetry is shown.
enum TelemetryText {
    /// The name of a resource's service.
    static func service(_ resource: ResourceView) -> String {
        resource.attributes.first("service.name").map { text($0.string) } ?? "unknown_service"
    }

    static func nanoseconds(_ span: SpanView) -> UInt64 {
        span.endTime > span.startTime ? span.endTime - span.startTime : 0
    }

    // MARK: Lines

    /// `09:53:31.123 ! checkout: the card was refused  order=17`.
    static func line(_ record: LogView, of service: String, _ output: Output) -> String {
        let style = output.style
        let level = level(LogSeverity(number: record.severityNumber))
        let body = plain(record.body.decoded())
        var line = "\(style.paint(output.clock(time(record)), .dim)) \(style.icon(level)) "
        line += style.paint(Table.printable(service), .bold) + ": " + Table.printable(body)
        line += attributes(record.attributes, style)
        if let trace = record.traceID { line += style.paint(" trace=\(trace.hex)", .dim) }
        return line
    }

    /// `09:53:31.123 x checkout: POST /orders 120.5ms (card refused) trace=...`.
    static func line(_ span: SpanView, of service: String, _ output: Output) -> String {
        let style = output.style
        let level: ProcessEvent.Level = span.statusCode == 2 ? .error : .info
        let start = Timestamp(milliseconds: Int64(clamping: span.startTime / 1_000_000))
        var line = "\(style.paint(output.clock(start), .dim)) \(style.icon(level)) "
        line += style.paint(Table.printable(service), .bold) + ": " + Table.printable(text(span.name))
        line += " \((Double(nanoseconds(span)) / 100_000).rounded() / 10)ms"
        let message = text(span.statusMessage)
        if !message.isEmpty { line += " (\(Table.printable(message)))" }
        return line + style.paint(" trace=\(span.traceID.hex)", .dim)
    }

    private static func attributes(_ attributes: AttributesView, _ style: Style) -> String {
        let texts = attributes.decoded().map { "\($0.key)=\(plain($0.value))" }
        return texts.isEmpty ? "" : style.paint(" " + Table.printable(texts.joined(separator: " ")), .dim)
    }

    private static func level(_ severity: LogSeverity?) -> ProcessEvent.Level {
        switch severity {
        case .trace, .debug: .debug
        case .info, nil: .info
        case .warn: .warning
        case .error, .fatal: .error
        }
    }

    /// A text as it is, anything else as JSON.
    private static func plain(_ value: AnyValue) -> String {
        switch json(value) {
        case .null: ""
        case .string(let text): text
        case let other: String(decoding: other.bytes, as: UTF8.self)
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private static func time(_ record: LogView) -> Timestamp {
        Timestamp(milliseconds: Int64(clamping: (record.time > 0 ? record.time : record.observedTime) / 1_000_000))
    }

    // MARK: JSON

    static func json(_ record: LogView, of service: String) -> JSONValue {
        .object([
            .init("time", .string(time(record).rfc3339)), .init("service", .string(service)),
            .init("severity", LogSeverity(number: record.severityNumber).map { .string($0.rawValue) } ?? .null),
            .init("severity_text", .string(text(record.severityText))), .init("body", json(record.body.decoded())),
            .init("attributes", json(.keyValues(record.attributes.decoded()))),
            .init("trace_id", record.traceID.map { .string($0.hex) } ?? .null),
            .init("span_id", record.spanID.map { .string($0.hex) } ?? .null),
        ])
    }

    static func json(_ span: SpanView, of service: String) -> JSONValue {
        .object([
            .init("start", .string(Timestamp(milliseconds: Int64(clamping: span.startTime / 1_000_000)).rfc3339)),
            .init("duration_ms", .number(Double(nanoseconds(span)) / 1_000_000)), .init("service", .string(service)),
            .init("name", .string(text(span.name))), .init("trace_id", .string(span.traceID.hex)),
            .init("span_id", .string(span.spanID.hex)), .init("parent_span_id", span.parentSpanID.map { .string($0.hex) } ?? .null),
            .init("status", .string(span.statusCode == 2 ? "error" : span.statusCode == 1 ? "ok" : "unset")),
            .init("status_message", .string(text(span.statusMessage))),
            .init("attributes", json(.keyValues(span.attributes.decoded()))),
        ])
    }

    private static func json(_ value: AnyValue) -> JSONValue {
        switch value {
        case .empty: .null
        case .string(let text): .string(text)
        case .bool(let bool): .bool(bool)
        case .int(let number): .integer(number)
        case .double(let number): .number(number)
        case .bytes(let bytes): .string(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        case .array(let elements): .array(elements.map(json))
        case .keyValues(let attributes): .object(attributes.map { .init($0.key, json($0.value)) })
        }
    }
}

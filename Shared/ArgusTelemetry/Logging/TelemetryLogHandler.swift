// Log events to Argus.

import ArgusOTLP
public import Logging
import Tracing

/// A handler of swift-log that hands events to a `TelemetryExporter`, with the trace and span of the task that logs.
///
/// It writes nothing anywhere else: combine it with another by `MultiplexLogHandler`, or take `TelemetryExporter.logger(alongside:)`.
public struct TelemetryLogHandler: LogHandler {
    /// Metadata of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Metadata that travels with the task.
    public var metadataProvider: Logger.MetadataProvider?
    /// Lowest level that is exported.
    public var logLevel: Logger.Level

    private let label: String
    private let buffer: TelemetryBuffer

    init(label: String, level: Logger.Level, buffer: TelemetryBuffer) {
        self.label = label
        logLevel = level
        self.buffer = buffer
    }

    /// One value of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Hands one event over.
    public func log(event: LogEvent) {
        let now = DefaultTracerClock.now.nanosecondsSinceEpoch
        var record = OTLPLogRecord(
            time: now, observedTime: now, severityNumber: event.level.severityNumber, severityText: event.level.rawValue.uppercased(),
            body: .string("\(event.message)"))
        record.attributes = attributes(of: event)
        if let span = InstrumentationContext.current?.spanContext {
            record.traceID = span.traceID
            record.spanID = span.spanID
            record.flags = span.isSampled ? 1 : 0
        }
        var writer = ProtobufWriter(capacity: 512)
        writer.fields(of: record)
        buffer.append(writer.bytes, scope: label, to: .logs)
    }

    private func attributes(of event: LogEvent) -> [Attribute] {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let explicit = event.metadata { merged.merge(explicit) { _, new in new } }
        var attributes = merged.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value.value) }
        if let error = event.error {
            attributes.append(Attribute("exception.type", String(reflecting: type(of: error))))
            attributes.append(Attribute("exception.message", "\(error)"))
        }
        attributes.append(Attribute("code.file.path", event.file))
        attributes.append(Attribute("code.function.name", event.function))
        attributes.append(Attribute("code.line.number", .int(Int64(event.line))))
        return attributes
    }
}

extension Logger.MetadataValue {
    fileprivate var value: AnyValue {
        switch self {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string("\(value)")
        case .array(let elements): .array(elements.map(\.value))
        case .dictionary(let members): .keyValues(members.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value.value) })
        }
    }
}

extension Logger.Level {
    /// OTLP `SeverityNumber`.
    fileprivate var severityNumber: Int32 {
        switch self {
        case .trace: 1
        case .debug: 5
        case .info: 9
        case .notice: 10
        case .warning: 13
        case .error: 17
        case .critical: 21
        }
    }
}

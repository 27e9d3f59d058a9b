// Writes log lines to standard error, as coloured text for people or as JSON for machines.

import ArgusShared
import Foundation
public import Logging

/// A swift-log handler that writes one line per event to a sink, standard error unless told otherwise.
public struct ArgusLogHandler: LogHandler {
    /// Metadata of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Metadata that travels with the task.
    public var metadataProvider: Logger.MetadataProvider?
    /// Lowest level that is written.
    public var logLevel: Logger.Level

    private let label: String
    private let format: LogSettings.Format
    private let isColoured: Bool
    private let sink: @Sendable ([UInt8]) -> Void

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - label: Name of the logger.
    ///   - settings: Level and format.
    ///   - isColoured: Whether text lines carry terminal colours; by default where standard error is a terminal.
    ///   - sink: Takes each finished line with its newline; must be thread-safe.
    public init(
        label: String,
        settings: LogSettings,
        isColoured: Bool = ArgusLogHandler.isTerminal,
        sink: @escaping @Sendable ([UInt8]) -> Void = ArgusLogHandler.writeToStandardError
    ) {
        self.label = label
        self.format = settings.format
        self.logLevel = settings.level
        self.isColoured = isColoured && settings.format == .text
        self.sink = sink
    }

    /// Whether standard error is a terminal that may be coloured.
    public static var isTerminal: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// Writes a line with one system call, so that lines of several threads do not mix.
    public static let writeToStandardError: @Sendable ([UInt8]) -> Void = { line in
        var written = 0
        while written < line.count {
            let count = line[written...].withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            written += count
        }
    }

    /// One value of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { _, new in new } }
        if let explicit = event.metadata { merged.merge(explicit) { _, new in new } }
        if let error = event.error { merged[LogKey.error] = "\(error)" }
        switch format {
        case .text: sink(textLine(event, merged))
        case .json: sink(jsonLine(event, merged))
        }
    }

    private func jsonLine(_ event: LogEvent, _ metadata: Logger.Metadata) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("time", Self.timestamp())
        writer.string("level", event.level.rawValue)
        writer.string("logger", label)
        writer.string("message", "\(event.message)")
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            Self.append(value, to: &writer)
        }
        writer.endObject()
        return writer.bytes + [0x0A]
    }

    private static func append(_ value: Logger.Metadata.Value, to writer: inout JSONWriter) {
        switch value {
        case .string(let text): writer.string(text)
        case .stringConvertible(let value): writer.string("\(value)")
        case .array(let values):
            writer.beginArray()
            for value in values { append(value, to: &writer) }
            writer.endArray()
        case .dictionary(let values):
            writer.beginObject()
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                writer.key(key)
                append(value, to: &writer)
            }
            writer.endObject()
        }
    }

    private func textLine(_ event: LogEvent, _ metadata: Logger.Metadata) -> [UInt8] {
        let level = event.level.rawValue.uppercased()
        let padded = level + String(repeating: " ", count: max(0, 8 - level.count))
        var line = "\(Self.timestamp()) \(colour(padded, Self.colourCode(event.level))) \(label): \(Self.oneLine("\(event.message)"))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " " + colour("\(key)=", "2") + Self.quoteIfNeeded("\(value)")
        }
        return Array(line.utf8) + [0x0A]
    }

    private func colour(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private static func colourCode(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "2"
        case .info, .notice: "32"
        case .warning: "33"
        case .error, .critical: "31"
        }
    }

    private static func quoteIfNeeded(_ text: String) -> String {
        if text.isEmpty || text.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" || $0.isNewline }) {
            return "\"" + oneLine(text.replacing("\"", with: "\\\"")) + "\""
        }
        return oneLine(text)
    }

    /// Control characters escaped: nothing from outside may forge a line or drive the terminal.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }

    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func padded(_ value: some BinaryInteger, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let time = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(time).\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }
}

// What a line of a log says: its text without colours, and its severity where that is beyond doubt.

import ArgusShared

/// A line of a process's log.
struct LogText: Sendable, Hashable {
    /// Bytes of a line; what is longer is cut.
    static let limit = 64 << 10

    /// The text without escape sequences.
    let text: String
    /// nil unless the line says it unmistakably.
    let severity: LogSeverity?

    init(_ line: String) {
        text = Self.withoutEscapes(line)
        severity = Self.severity(of: text)
    }

    /// ECMA-48 escape sequences and other control characters but the tabulator are left out.
    private static func withoutEscapes(_ line: String) -> String {
        var line = line
        let plain = line.withUTF8 { bytes in
            bytes.count <= limit && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        }
        if plain { return line }
        var result: [UInt8] = []
        var rest = Array(line.utf8)[...]
        while let byte = rest.popFirst(), result.count < limit {
            if byte == 0x1B {
                skipSequence(&rest)
            } else if byte >= 0x20 && byte != 0x7F || byte == 0x09 {
                result.append(byte)
            }
        }
        // A character that was cut in two becomes a replacement character otherwise.
        if !rest.isEmpty { while let last = result.last, last & 0xC0 == 0x80 || last >= 0xC0 { result.removeLast() } }
        return String(decoding: result, as: UTF8.self)
    }

    /// What follows an escape character: a control sequence, a string (such as a window's title), or one character.
    private static func skipSequence(_ rest: inout ArraySlice<UInt8>) {
        guard let kind = rest.popFirst() else { return }
        switch kind {
        case UInt8(ascii: "["):
            while let byte = rest.popFirst(), !(0x40...0x7E).contains(byte) {}
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            while let byte = rest.popFirst(), byte != 0x07 {
                if byte == 0x1B {
                    _ = rest.popFirst()
                    return
                }
            }
        case 0x20...0x2F: _ = rest.popFirst()
        default: break
        }
    }

    private static func severity(of text: String) -> LogSeverity? {
        if text.utf8.first == UInt8(ascii: "{") {
            guard let value = try? JSONValue(parsing: Array(text.utf8)) else { return nil }
            return ["level", "severity", "lvl", "loglevel"].lazy.compactMap { value[$0]?.stringValue }.first.flatMap(
                LogSeverity.init(name:))
        }
        if let severity = firstWord(of: text) { return severity }
        for key in ["level=", "lvl=", "severity="] {
            for part in text.split(separator: " ") where part.hasPrefix(key) {
                return LogSeverity(name: part.dropFirst(key.count).trimming("\""))
            }
        }
        return nil
    }

    /// `ERROR`, `ERROR:` and `[ERROR]`, in capitals.
    private static func firstWord(of text: String) -> LogSeverity? {
        let rest = text.drop { $0 == " " || $0 == "[" }
        let word = rest.prefix { $0.isASCII && $0.isLetter && $0.isUppercase }
        let next = rest.dropFirst(word.count).first
        guard next == nil || next == " " || next == ":" || next == "]" || next == "\t" || next == "|" else { return nil }
        return LogSeverity(name: word)
    }
}

/// OpenTelemetry's severities.
enum LogSeverity: Int32, Sendable {
    case trace = 1
    case debug = 5
    case info = 9
    case warn = 13
    case error = 17
    case fatal = 21

    /// A severity by one of the usual names, in either case.
    init?(name: some StringProtocol) {
        switch name.lowercased() {
        case "trace": self = .trace
        case "debug": self = .debug
        case "info": self = .info
        case "warn", "warning": self = .warn
        case "error", "err": self = .error
        case "fatal", "critical", "panic": self = .fatal
        default: return nil
        }
    }
}

extension Substring {
    fileprivate func trimming(_ character: Character) -> Substring {
        var rest = self
        if rest.first == character { rest.removeFirst() }
        if rest.last == character { rest.removeLast() }
        return rest
    }
}

// What a line of a log says.

import ArgusOTLP
import ArgusService
import ArgusShared
import Testing

@testable import ProcessAdapter

struct LogTextTests {
    @Test(
        "A severity is told only where the line says it",
        arguments: [
            ("ERROR no disk", LogSeverity.error), ("[WARN] slow", .warn), ("INFO: up", .info), ("time=1 level=error msg=x", .error),
            ("lvl=\"debug\" x", .debug), (#"{"level":"fatal","msg":"x"}"#, .fatal), (#"{"severity":"WARNING"}"#, .warn), ("FATAL", .fatal),
            ("TRACE|x", .trace),
        ])
    func severity(line: String, severity: LogSeverity) {
        #expect(LogText(line).severity == severity)
    }

    @Test(
        "Otherwise it is left open",
        arguments: [
            "no ERROR here", "ERRORS: 0", "Error handling is on", "information", "", "{\"level\":30}", "{level=error", "errors=0 level=",
            "INFOrmation",
        ])
    func unspecified(line: String) {
        #expect(LogText(line).severity == nil)
    }

    @Test("Escape sequences and control characters are left out")
    func escapes() {
        #expect(LogText("\u{1B}[31mERROR\u{1B}[0m no disk").text == "ERROR no disk")
        #expect(LogText("\u{1B}[1;38;5;200mERROR\u{1B}[0m").severity == .error)
        #expect(LogText("\u{1B}]0;title\u{07}up\u{1B}]8;;http://x\u{1B}\\link").text == "uplink")
        #expect(LogText("a\tb\rc\u{0}d\u{1B}").text == "a\tbcd")
        #expect(LogText("grüße 🚀").text == "grüße 🚀")
        let long = LogText(String(repeating: "ü", count: LogText.limit))
        #expect(long.text.utf8.count <= LogText.limit && !long.text.contains("\u{FFFD}"))
    }

    @Test("What does not fit is dropped and counted, and a message keeps its id until it is stored")
    func buffer() throws {
        let buffer = LogBuffer(MetricsRegistry(), lineLimit: 3)
        let source = LogSource(process: "api", namespace: "default", pid: 7)
        buffer.add(["a", "b", "c", "d"], of: source, at: Timestamp(milliseconds: 5))
        #expect(buffer.count == 3)
        let first = try #require(buffer.batch(lines: 2, bytes: 1 << 20))
        #expect(first.count == 2 && buffer.batch(lines: 2, bytes: 1 << 20)?.id == first.id)
        buffer.removeBatch(isShipped: true)
        let second = try #require(buffer.batch(lines: 2, bytes: 1))
        let groups = try second.payload.withUnsafeBytes { try OTLPLogs.groups(in: $0) }
        #expect(groups.count == 1 && groups[0].resource.attributes.contains(Attribute("service.name", .string("api"))))
        #expect(groups[0].resource.attributes.contains(Attribute("process.pid", .int(7))))
        #expect(groups[0].scopes[0].items.map(\.body) == [.string("c")])
        buffer.removeBatch(isShipped: true)
        #expect(buffer.count == 0 && buffer.batch(lines: 1, bytes: 1) == nil)
    }
}

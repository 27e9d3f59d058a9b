// Log lines: text for people, JSON for machines, one line per event.

import Foundation
import Logging
import Synchronization
import Testing

@testable import ArgusService

private final class Lines: Sendable {
    private let stored = Mutex<[String]>([])

    func append(_ line: [UInt8]) { stored.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    var all: [String] { stored.withLock { $0 } }
}

@Suite struct LoggingTests {
    private func logger(_ lines: Lines, format: LogSettings.Format, level: Logger.Level = .info, colour: Bool = false) -> Logger {
        var settings = LogSettings(ServiceSettings(environment: [:]))
        settings.format = format
        settings.level = level
        let fixed = settings
        return Logger(label: "unit") { ArgusLogHandler(label: $0, settings: fixed, isColoured: colour, sink: lines.append) }
    }

    @Test func jsonLinesParse() throws {
        let lines = Lines()
        logger(lines, format: .json).warning(
            "said \"so\"\n", metadata: [LogKey.partition: "3", "list": ["a", ["k": "v"]], LogKey.error: "x\ny"])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(lines.all[0].utf8)) as? [String: Any])
        #expect(object["level"] as? String == "warning")
        #expect(object["logger"] as? String == "unit")
        #expect(object["message"] as? String == "said \"so\"\n")
        #expect(object["partition"] as? String == "3")
        #expect((object["list"] as? [Any])?.count == 2)
        #expect((object["time"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        #expect(lines.all[0].filter { $0 == "\n" }.count == 1)
    }

    @Test func textLinesCannotBeForged() {
        let lines = Lines()
        logger(lines, format: .text).info("a\nb \u{1B}[31m", metadata: ["k": "v w\r\nERROR"])
        let line = lines.all[0]
        #expect(line.unicodeScalars.filter { $0.value < 0x20 } == ["\n"])
        #expect(line.contains(" INFO     unit: a\\nb"))
        #expect(line.contains("k=\"v w"))
    }

    @Test func coloursOnlyWhereAskedFor() {
        let plain = Lines()
        let coloured = Lines()
        let json = Lines()
        logger(plain, format: .text).error("x")
        logger(coloured, format: .text, colour: true).error("x")
        logger(json, format: .json, colour: true).error("x")
        #expect(!plain.all[0].contains("\u{1B}"))
        #expect(coloured.all[0].contains("\u{1B}[31m"))
        #expect(!json.all[0].contains("\u{1B}"))
    }

    @Test func theLevelIsKept() {
        let lines = Lines()
        let logger = logger(lines, format: .text, level: .warning)
        logger.info("no")
        logger.error("yes")
        #expect(lines.all.count == 1)
    }
}

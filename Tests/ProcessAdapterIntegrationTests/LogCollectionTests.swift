// Processes' log lines on the bus.

import ArgusBus
import ArgusOTLP
import ArgusShared
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct LogCollectionTests {
    /// How the lines come.
    struct Source: Sendable, CustomStringConvertible {
        let description: String
        let arguments: [String]
    }

    @Test(
        "Every line is there once, across lost streams and new processes",
        arguments: [
            Source(description: "a new process-compose", arguments: []),
            Source(description: "one before 1.78", arguments: ["--old-log-paging"]),
        ])
    func lines(source: Source) async throws {
        let bed = try await AdapterBed()
        let config = #"{"processes":{"api":{"command":"echo first; sleep 1000","namespace":"shop"},"quiet":{"command":"sleep 1000"}}}"#
        let standIn =
            switch source.arguments.count {
            case 0: try await StandIn(config: config)
            case 1: try await StandIn(config: config, source.arguments[0])
            default: try await StandIn(config: config, source.arguments[0], source.arguments[1])
            }
        let adapter = try await bed.adapter(standIn.url, ["COLLECT_LOGS": "true"])
        try await eventually("both run") { try await bed.story().count == 2 }
        try await bed.waitForLooks(of: adapter)
        // What the process said before the adapter came is not sent: a line now shows that it is followed.
        try await eventually("the log is followed", within: .seconds(20)) {
            try await standIn.call("POST", "/standin/log/api", "probe")
            return try await !bed.lines(of: "api").filter { $0.body == .string("probe") }.isEmpty
        }
        let count = 150
        for index in 0..<count {
            try await standIn.call("POST", "/standin/log/api", "line \(index)\ntick")
            if index % 40 == 20 { try await standIn.call("POST", "/standin/drop") }
        }
        try await standIn.call("POST", "/standin/log/api", "\u{1B}[31mERROR\u{1B}[0m no disk")
        try await eventually("the last line is there", within: .seconds(20)) {
            try await bed.lines(of: "api").contains { $0.body == .string("ERROR no disk") }
        }
        let records = try await bed.lines(of: "api")
        let texts = records.compactMap { record in
            if case .string(let text) = record.body { text } else { nil }
        }
        #expect(texts.filter { $0.hasPrefix("line ") } == (0..<count).map { "line \($0)" })
        #expect(texts.count { $0 == "tick" } == count)
        #expect(records.last?.severityNumber == 17 && records.first?.severityNumber == 0)
        #expect(try await bed.lines(of: "quiet").isEmpty)
        try await adapter.stop()
    }

    @Test("Lines wait for a bus that is gone")
    func busGone() async throws {
        let bed = try await AdapterBed()
        let standIn = try await StandIn(config: #"{"processes":{"api":{"command":"sleep 1000"}}}"#)
        let adapter = try await bed.adapter(standIn.url, ["COLLECT_LOGS": "true"])
        try await eventually("the log is followed", within: .seconds(20)) {
            try await standIn.call("POST", "/standin/log/api", "probe")
            return try await !bed.lines(of: "api").isEmpty
        }
        bed.nats.kill()
        for index in 0..<50 { try await standIn.call("POST", "/standin/log/api", "line \(index)") }
        try await bed.nats.restart()
        try await eventually("all lines are there", within: .seconds(30)) {
            try await bed.lines(of: "api").count { $0.body != .string("probe") } >= 50
        }
        #expect(try await bed.lines(of: "api").map(\.body).filter { $0 != .string("probe") } == (0..<50).map { .string("line \($0)") })
        try await adapter.stop()
    }
}

// `argus tail` on a real bus, and the executable itself.

import ArgusBus
import ArgusOTLP
import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import ArgusCLI

struct BusCommandTests {
    private static func resource(_ service: String) -> OTLPResource {
        OTLPResource(attributes: [Attribute("service.name", service)])
    }

    private static func logs(_ service: String, _ severity: Int32, _ body: String) -> [UInt8] {
        var record = OTLPLogRecord(time: 1_769_853_211_123_000_000, severityNumber: severity, body: .string(body))
        record.attributes = [Attribute("order", .int(17))]
        return OTLPLogs.request(resource: resource(service), records: [record])
    }

    @Test("tail logs shows what was asked for, and passes over what cannot be read")
    func tailLogs() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.telemetry())
        let status = try await bed.following(["tail", "logs", "--service", "shop", "--severity", "warn"]) { captured in
            try await eventually("it listens") {
                _ = try await bed.bus.publish([0xFF], to: Subjects.otlpLogs)
                return captured.errors.contains("cannot be read")
            }
            _ = try await bed.bus.publish(Self.logs("shop", 9, "fine"), to: Subjects.otlpLogs)
            _ = try await bed.bus.publish(Self.logs("other", 17, "elsewhere"), to: Subjects.otlpLogs)
            _ = try await bed.bus.publish(Self.logs("shop", 13, "slow"), to: Subjects.otlpLogs)
            try await eventually("the record is shown") { captured.output.contains("slow") }
            #expect(captured.output == "09:53:31.123 ! shop: slow order=17\n")
        }
        #expect(status == .interrupted)
    }

    @Test("tail traces shows spans, failed or slow ones if so asked, also as JSON")
    func tailTraces() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.telemetry())
        func request(_ name: String, milliseconds: UInt64, failed: Bool) throws -> [UInt8] {
            let start: UInt64 = 1_769_853_211_123_000_000
            let trace = try #require(TraceID(hex: "0af7651916cd43dd8448eb211c80319c"))
            let id = try #require(SpanID(hex: "b7ad6b7169203331"))
            var span = OTLPSpan(traceID: trace, spanID: id, name: name, startTime: start, endTime: start + milliseconds * 1_000_000)
            span.statusCode = failed ? 2 : 0
            return OTLPTraces.request(resource: Self.resource("shop"), spans: [span])
        }
        let arguments = ["tail", "traces", "--severity", "error", "--min-duration", "100ms", "--json"]
        let status = try await bed.following(arguments) { captured in
            try await eventually("it listens") {
                _ = try await bed.bus.publish([0xFF], to: Subjects.otlpTraces)
                return captured.errors.contains("cannot be read")
            }
            for (name, milliseconds, failed) in [("fast", 5, true), ("good", 500, false), ("bad", 120, true)] {
                _ = try await bed.bus.publish(
                    try request(name, milliseconds: UInt64(milliseconds), failed: failed), to: Subjects.otlpTraces)
            }
            try await eventually("the span is shown") { captured.output.contains("bad") }
            let span = try JSONValue(parsing: Array(captured.output.utf8))
            #expect(span["name"]?.stringValue == "bad" && span["status"]?.stringValue == "error")
            #expect(span["trace_id"]?.stringValue == "0af7651916cd43dd8448eb211c80319c")
        }
        #expect(status == .interrupted)
    }

    /// Runs a program and prints how it ended, once its output holds a text and it got a signal.
    private static let signalling = """
        import subprocess, sys
        number, text, *command = sys.argv[1:]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while text not in child.stdout.readline(): pass
        child.send_signal(int(number))
        print(child.wait())
        """

    @Test(
        "The executable ends a watch by the signal that interrupts it, so that shells see it, and leaves no core file by SIGQUIT",
        arguments: [(SIGINT, -SIGINT), (SIGTERM, -SIGTERM), (SIGHUP, -SIGHUP), (SIGQUIT, 128 + SIGQUIT)])
    func signals(_ signal: Int32, _ expected: Int32) async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        try await bed.publish(.started, "nats")
        let executable = try #require(ArgusExecutable.path)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("argus-signal-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let arguments = ["python3", "-c", Self.signalling, "\(signal)", "default/nats", executable, "watch", "--since", "1h"]
        let environment = ["NATS_URL": bed.server.url, "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"]
        let child = try ChildProcess(executable: "/usr/bin/env", arguments: arguments, environment: environment, output: file)
        #expect(await child.waitForExit(timeout: .seconds(20)) == 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "\(expected)\n")
    }

    @Test("The executable ends quietly when nobody reads on")
    func executable() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        for number in 0..<2000 { try await bed.publish(.started, "p\(number)") }
        let executable = try #require(ArgusExecutable.path)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("argus-watch-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let environment = ["NATS_URL": bed.server.url, "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"]
        let script = "set -o pipefail; '\(executable)' watch --since 1h | head -n 1"
        let piped = try ChildProcess(executable: "/bin/bash", arguments: ["-c", script], environment: environment, output: file)
        #expect(await piped.waitForExit(timeout: .seconds(20)) == 0)
        let line = try String(contentsOfFile: file, encoding: .utf8)
        #expect(line.hasSuffix("i default/p0 started\n") && line.split(separator: "\n").count == 1)
    }

    @Test("A standard output that is closed is an error, and nothing else is written to in its place")
    func closedOutput() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        try await bed.publish(.started, "nats")
        let executable = try #require(ArgusExecutable.path)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("argus-closed-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let environment = ["NATS_URL": bed.server.url, "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"]
        let script = "'\(executable)' history 0<&- >&-"
        let child = try ChildProcess(executable: "/bin/bash", arguments: ["-c", script], environment: environment, output: file)
        #expect(await child.waitForExit(timeout: .seconds(20)) == 1)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "argus: the output cannot be written: Bad file descriptor\n")
    }

    @Test("What answers but does not speak HTTP is told as such, and a bus that is none as not answering")
    func wrongPorts() async throws {
        let bed = try await CommandBed.start()
        let url = "http://127.0.0.1:\(bed.server.port)"
        let (status, captured) = await bed.run(["rules"], environment: ["ARGUS_URL": url])
        #expect(status == .unreachable)
        #expect(captured.errors.hasPrefix("argus: alert-api at \(url) does not answer (what answers there does not speak HTTP)"))
        let (unknown, complaint) = await bed.run(["rules"], environment: ["ARGUS_URL": "http://nobody.invalid"])
        #expect(unknown == .unreachable && complaint.errors.contains("the name nobody.invalid is unknown"))
    }
}

// What people see: lines, tables, times, colours.

import ArgusShared
import Testing

@testable import ArgusCLI

struct TextTests {
    private static let time = Timestamp(rfc3339: "2026-01-31T09:53:31.123Z") ?? Timestamp(milliseconds: 0)

    private static func output(_ environment: [String: String] = [:], isTerminal: Bool = false, json: Bool = false) -> Output {
        Output(json: json, surroundings: Captured().surroundings(environment, isTerminal: isTerminal))
    }

    private static func event(_ kind: ProcessEvent.Kind, _ change: (inout ProcessEvent) -> Void = { _ in }) -> ProcessEvent {
        var event = ProcessEvent(kind, state: ProcessState(name: "caddy", namespace: "default", status: "Running"), at: time)
        change(&event)
        return event
    }

    @Test("A line of a process event is as documented")
    func processLine() {
        #expect(ProcessEventLine.text(Self.event(.started), Self.output()) == "09:53:31.123 i default/caddy started")
        let crash = Self.event(.crashed) { event in
            event.exitCode = 137
            event.restarts = 2
        }
        #expect(
            ProcessEventLine.text(crash, Self.output()) == "09:53:31.123 x default/caddy crashed (exit code 137, restarts 2)")
        #expect(ProcessEventLine.text(Self.event(.unhealthy), Self.output()) == "09:53:31.123 ! default/caddy unhealthy")
        let change = Self.event(.statusChanged) { event in
            event.oldStatus = "Pending"
            event.newStatus = "Launching"
        }
        #expect(
            ProcessEventLine.text(change, Self.output()) == "09:53:31.123 . default/caddy status_changed (Pending -> Launching)")
    }

    @Test("Control characters of a name cannot reach the terminal")
    func controlCharacters() {
        var state = ProcessState(name: "a\u{1B}[2Jb\nc")
        state.namespace = "default"
        let line = ProcessEventLine.text(ProcessEvent(.started, state: state, at: Self.time), Self.output())
        #expect(line == "09:53:31.123 i default/a [2Jb c started")
    }

    @Test("Colours and symbols appear on a terminal only, and colours not with NO_COLOR")
    func adornment() {
        let utf8 = ["LANG": "C.UTF-8"]
        #expect(Self.output(utf8, isTerminal: true).style == Style(isColored: true, hasSymbols: true))
        #expect(Self.output(isTerminal: true).style == Style(isColored: true, hasSymbols: false))
        #expect(Self.output(utf8).style == .plain)
        #expect(Self.output(["NO_COLOR": "1"], isTerminal: true).style == .plain)
        #expect(Self.output(["TERM": "dumb"], isTerminal: true).style == .plain)
        #expect(Self.output(utf8, isTerminal: true, json: true).style == .plain)
        #expect(Style(isColored: true, hasSymbols: true).icon(.error) == "\u{1B}[31m✖\u{1B}[0m")
        #expect(Style.plain.paint("x", .red) == "x")
    }

    @Test("Columns of a table line up, also when cells are coloured")
    func table() {
        var table = Table("NAME", "N", "LAST")
        table.add("a", .init("10", .red), "x")
        table.add("longer", "2", "y")
        #expect(table.lines(.plain) == ["NAME    N   LAST", "a       10  x", "longer  2   y"])
        var wide = Table("KEY", "N")
        wide.add("\u{1F389} done", "1")
        wide.add("plain", "2")
        #expect(wide.lines(.plain) == ["KEY      N", "\u{1F389} done  1", "plain    2"], "a picture takes two columns")
        let colored = table.lines(Style(isColored: true, hasSymbols: false))
        #expect(colored[1] == "a       \u{1B}[31m10\u{1B}[0m  x")
        #expect(Table("NAME").lines(.plain).isEmpty)
    }

    @Test(
        "Spans of time are read",
        arguments: [("90s", 90_000), ("5m", 300_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("250ms", 250), ("0s", 0)])
    func spans(_ text: String, _ milliseconds: Int64) {
        #expect(TimeSpan(argument: text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no span of time is refused",
        arguments: ["", "5", "m", "-5m", "5 m", "5x", "1h30", "99999999999999999999s", "9999999999999999d"])
    func noSpans(_ text: String) {
        #expect(TimeSpan(argument: text) == nil)
    }

    @Test("Spans and sizes are written for people")
    func quantities() {
        #expect(
            [850, 12_000, 185_000, 7_800_000, 349_200_000].map { TimeSpan.text(milliseconds: $0) } == [
                "850ms", "12s", "3m 5s", "2h 10m", "4d 1h",
            ])
        #expect([0, 512, 1536, 3 << 30].map { ByteCount.text($0) } == ["0 B", "512 B", "1.5 KiB", "3.0 GiB"])
    }

    @Test("Local time knows dates before and after the epoch")
    func localTime() {
        #expect(LocalTime(Self.time) { _ in 3600 }.clock == "10:53:31.123")
        #expect(LocalTime(Self.time) { _ in -36_000 }.dateAndClock == "2026-01-30 23:53:31")
        #expect(LocalTime(Timestamp(milliseconds: -1)) { $0 == -1 ? 0 : 60 }.clock == "23:59:59.999")
    }

    @Test("A process is named with or without its namespace")
    func processNames() {
        let state = ProcessState(name: "nats", namespace: "infra")
        #expect(ProcessName(argument: "nats")?.matches(state) == true)
        #expect(ProcessName(argument: "infra/nats")?.matches(state) == true)
        #expect(ProcessName(argument: "default/nats")?.matches(state) == false)
        for text in ["", "/nats", "infra/"] { #expect(ProcessName(argument: text) == nil) }
        let odd = ProcessState(name: "a.b c/d", namespace: "n.s/x y")
        for text in ["a.b c/d", "n.s/x y/a.b c/d"] { #expect(ProcessName(argument: text)?.matches(odd) == true) }
    }

    @Test("Scaling is about a process, or what a replica is one of, of its namespace")
    func scaledNames() {
        let replica = ProcessState(name: "worker-1", namespace: "shop")
        for text in ["worker", "shop/worker"] { #expect(ProcessName(argument: text)?.scaled(replica) == "worker") }
        #expect(ProcessName(argument: "shop/worker-1")?.scaled(replica) == "worker-1")
        for text in ["jobs/worker", "work"] { #expect(ProcessName(argument: text)?.scaled(replica) == nil) }
    }

    @Test("History counts crashes and restarts per process, the worst first")
    func history() {
        var history = ProcessHistory()
        for (name, kind) in [
            ("a", ProcessEvent.Kind.started), ("b", .crashed), ("b", .restarted), ("a", .unhealthy), ("b", .crashed), ("b", .restarted),
        ] {
            history.add(ProcessEvent(kind, state: ProcessState(name: name), at: Self.time))
        }
        let entries = history.entries
        #expect(entries.map(\.name) == ["b", "a"])
        #expect(entries.map(\.crashes) == [2, 0])
        #expect(entries.map(\.restarts) == [2, 0])
        #expect(entries.map(\.unhealthy) == [0, 1])
        #expect(entries.map(\.events) == [4, 2])
        #expect(
            history.table(Self.output()).lines(.plain)[1]
                == "default/b  2        2         0          4       restarted 2026-01-31 09:53:31")
    }

    @Test("Severities of logs follow OTLP's numbers")
    func severities() {
        #expect(
            [0, 1, 4, 5, 9, 13, 17, 24, 25].map { LogSeverity(number: $0) } == [
                nil, .trace, .trace, .debug, .info, .warn, .error, .fatal, nil,
            ])
        #expect(LogSeverity.warn.includes(13) && LogSeverity.warn.includes(21) && !LogSeverity.warn.includes(12))
    }
}

// What the dashboard looks like.

import ArgusShared
import Testing

@testable import ArgusCLI

struct TopScreenTests {
    private static let look = TopLook { time in LocalTime(time, utcOffset: { _ in 0 }).clock }
    private static let plain = TopLook(isASCII: true) { time in LocalTime(time, utcOffset: { _ in 0 }).clock }
    private static let later = TopBoardTests.at(65)

    private func lines(_ model: TopModel, _ look: TopLook = look) -> [String] {
        var model = model
        return model.frame(at: Self.later, look: look).lines
    }

    @Test("80 columns")
    func usual() {
        var model = TopModelTests.model(height: 18)
        var unready = TopBoardTests.state("database")
        unready.readiness = .notReady
        unready.restarts = 12
        unready.cpu = 1.26
        unready.memory = 1_181_116_006
        let sample = ProcessSample(
            instance: "", at: TopBoardTests.at(60),
            processes: ["api", "database", "worker"].map {
                .init(state: $0 == "database" ? unready : TopBoardTests.state($0), age: .seconds(3600))
            })
        _ = model.apply(.sample(sample), at: Self.later)
        var crash = ProcessEvent(.crashed, state: TopBoardTests.state("worker", "Completed"), at: TopBoardTests.at(61))
        crash.exitCode = 137
        _ = model.apply(.event(crash), at: Self.later)
        #expect(
            lines(model) == [
                " argus top  nats://bus:4222                                            09:54:36",
                " 3 processes: 2 up, 1 not ready, 1 failed   3 alerts, 1 high",
                "─ Processes 3 ──────────────────────────────────────────────────────────────────",
                "  PROCESS             STATUS      HEALTH    RESTARTS   UPTIME    CPU     MEMORY",
                "▶ default/api         Running     -                0    1h 0m   0.0%        0 B",
                "  default/database    Running     not ready       12    1h 0m   1.3%    1.1 GiB",
                "  default/worker      Completed   -                0        -      -          -",
                "─ Alerts 3 ─────────────────────────────────────────────────────────────────────",
                "  high      1m 5s  summary of p  key-p",
                "  medium    1m 5s  ├ summary of k1  key-k1",
                "  low       1m 5s  └ summary of k2  key-k2",
                "─ Events 4 ─────────────────────────────────────────────────────────────────────",
                "  09:54:32.000 ✖ default/worker crashed (exit code 137)",
                "  09:53:31.002 ℹ default/worker started",
                "  09:53:31.001 ℹ default/database started",
                "  09:53:31.000 ℹ default/api started",
                "",
                " ? help  q quit  enter details  r restart  s stop  tab next list  / filter",
            ])
    }

    @Test("A small terminal shows fewer columns, and of each list something; a tiny one the list with the focus")
    func small() {
        var model = TopModelTests.model(width: 40, height: 12)
        #expect(
            lines(model, Self.plain) == [
                " argus top  nats://bus:4222    09:54:36",
                " 3 processes: 3 up   3 alerts, 1 high",
                "- Processes 3 -- as of their last even~-",
                "  PROCESS         STATUS      HEALTH",
                "> default/api     Running     -",
                "  default/databa~ Running     -",
                "  default/worker  Running     -",
                "- Alerts 3 -----------------------------",
                "  high      1m 5s  summary of p",
                "- Events 3 -----------------------------",
                "  09:53:31 i default/worker started",
                " ? help  q quit  enter details  r resta~",
            ])
        _ = model.apply(.size(width: 30, height: 7), at: Self.later)
        _ = model.apply(.key(.tab), at: Self.later)
        #expect(lines(model).dropFirst(2).first == "─ Alerts 3 ───────────────────" && lines(model)[4].contains("├ summar…"))
        _ = model.apply(.size(width: 10, height: 3), at: Self.later)
        #expect(lines(model) == ["argus top…", "", ""])
    }

    @Test("What is wrong is said: no bus, no adapter, no alert-api, old samples")
    func troubles() {
        var model = TopModel(address: "nats://bus:4222")
        _ = model.apply(.noProcesses, at: Self.later)
        _ = model.apply(.alertsFailed("alert-api does not answer"), at: Self.later)
        _ = model.apply(.connection(isUp: false), at: TopBoardTests.at(60))
        var text = lines(model).joined(separator: "\n")
        #expect(text.contains("bus lost for 5s  09:54:36") && text.contains("process-adapter has never run on this bus"))
        #expect(text.contains("alert-api does not answer") && text.contains("not known"))
        _ = model.apply(.connection(isUp: true), at: Self.later)
        _ = model.apply(
            .sample(.init(instance: "", at: TopBoardTests.at(1), processes: [.init(state: TopBoardTests.state("a"), age: .zero)])),
            at: TopBoardTests.at(1))
        text = lines(model).joined(separator: "\n")
        #expect(text.contains("not heard of for 1m 4s") && !text.contains("bus lost"))
        _ = model.apply(.alerts(.init(alerts: [], total: 0)), at: Self.later)
        #expect(lines(model).contains("  none"))
    }

    @Test("Questions, filters, notices and the help are where one looks for them")
    func modes() {
        var model = TopModelTests.model()
        _ = model.apply(.key(.character("r")), at: Self.later)
        #expect(lines(model).last == " Restart default/api?  y yes  n no")
        _ = model.apply(.key(.character("y")), at: Self.later)
        #expect(lines(model).last == " restarting default/api ...")
        _ = model.apply(.done("process-compose refused: no", failed: true), at: Self.later)
        #expect(lines(model).last == " process-compose refused: no")
        for key: Key in [.character("/"), .character("w")] { _ = model.apply(.key(key), at: Self.later) }
        #expect(lines(model).last == " /w   enter keep  esc clear" && lines(model)[2].hasPrefix("─ Processes 1 of 3 with \"w\" ─"))
        for key: Key in [.escape, .character("?")] { _ = model.apply(.key(key), at: Self.later) }
        #expect(lines(model).contains { $0.contains("restart or stop the process, after asking") })
    }

    @Test("Details show the log's end, and further up what was scrolled to")
    func details() {
        var model = TopModelTests.model(height: 12)
        _ = model.apply(.key(.enter), at: Self.later)
        #expect(lines(model).contains { $0.contains("loading") })
        let id = TopProcess.ID(TopBoardTests.state("api"))
        let log = (1...40).map { "\u{1B}[32mline \($0)\u{1B}[0m" }
        _ = model.apply(.details(.process(id), .lines(log, title: "log of process-compose")), at: Self.later)
        #expect(lines(model)[2].hasPrefix("─ default/api ─") && lines(model)[3].hasPrefix(" status Running   health -   restarts 0"))
        #expect(lines(model)[10] == " line 40")
        _ = model.apply(.key(.up), at: Self.later)
        #expect(lines(model)[10] == " line 39" && lines(model).contains { $0.contains("log of process-compose · 1 more below") })
        _ = model.apply(.details(.process(id), .lines([], title: "log")), at: Self.later)
        #expect(lines(model).contains("  empty"))
        for key: Key in [.escape, .tab, .enter] { _ = model.apply(.key(key), at: Self.later) }
        let alert = lines(model).joined(separator: "\n")
        #expect(alert.contains("─ summary of p ─") && alert.contains(" key key-p   manager shop   status active   severity high"))
        let subject = model.details?.subject
        if let subject { _ = model.apply(.details(subject, .failed("alert-api at http://127.0.0.1:8080 does not answer")), at: Self.later) }
        #expect(lines(model).contains(" alert-api at http://127.0.0.1:8080 does not answer"))
    }

    @Test(
        "Every size and hostile names: exactly as many cells as the terminal has, and nothing that controls it", arguments: [false, true])
    func hostile(isASCII: Bool) throws {
        let names = [
            "\u{1B}[2J\u{1B}]0;owned\u{7}", "日本語サービス", "e\u{301}\u{301}\u{301}\u{301}", "👩‍👩‍👧‍👦", "a\u{202E}b", "\r\n\t", "\u{9B}31m",
            String(repeating: "x", count: 500), "",
        ]
        var model = TopModel(address: "nats://\u{1B}[31mbus")
        for (index, name) in names.enumerated() {
            let state = TopBoardTests.state(name, name, namespace: name)
            _ = model.apply(.event(ProcessEvent(.started, state: state, at: TopBoardTests.at(Int64(index)))), at: Self.later)
            var alert = TopBoardTests.alert("\(index)", parent: index % 3 == 0 ? nil : "\(index / 3 * 3)")
            (alert.summary, alert.dedupKey, alert.acknowledgedBy, alert.acknowledgedAt) = (name, name, name, Self.later)
            _ = model.apply(.commit(TopBoardTests.commit(alert)), at: Self.later)
        }
        _ = model.apply(.alertsFailed(names[0]), at: Self.later)
        let keys: [[Key]] = [
            [], [.down], [.enter], [.escape, .tab], [.enter], [.escape, .tab], [.character("?")],
            [.character("q"), .character("/"), .character("日")],
        ]
        let look = isASCII ? Self.plain : Self.look
        for pressed in keys {
            for key in pressed { _ = model.apply(.key(key), at: Self.later) }
            if let subject = model.details?.subject { _ = model.apply(.details(subject, .lines(names, title: names[0])), at: Self.later) }
            for (width, height) in [(1, 1), (5, 5), (24, 6), (25, 9), (40, 12), (79, 24), (80, 25), (160, 30), (400, 7)] {
                _ = model.apply(.size(width: width, height: height), at: Self.later)
                let frame = model.frame(at: Self.later, look: look)
                #expect(frame.cells.count == width * height)
                let scalars = frame.cells.flatMap { Array($0.text.unicodeScalars) }
                #expect(!scalars.contains { [.control, .format, .lineSeparator].contains($0.properties.generalCategory) })
                if isASCII { #expect(scalars.allSatisfy { $0.isASCII }) }
                var screen = ScreenReader(width: width, height: height)
                try screen.read(FrameEncoder(isColored: true).bytes(from: nil, to: frame))
                #expect(screen.cells == frame.cells)
            }
        }
    }

    @Test("The lists share the screen without a gap, each has something, and nobody gets more than it needs but the last")
    func layouts() {
        for height in TopLayout.leastHeight...60 {
            for focus in TopModel.Pane.allCases {
                for counts in [[0, 0, 0], [3, 0, 500], [200, 300, 500], [1, 50, 2], [500, 0, 0]] {
                    let layout = TopLayout(width: 80, height: height, focus: focus, counts: counts)
                    let areas = [layout.processes, layout.alerts, layout.events]
                    #expect(areas.reduce(0) { $0 + $1.height } == height - 3)
                    #expect(areas[focus.rawValue].rows > 0)
                    if height >= 12 { #expect(areas.allSatisfy { $0.rows >= 1 }) }
                    #expect(areas[0].rows <= max(1, counts[0]) || height < 11 && focus == .processes)
                    #expect(zip(areas, areas.dropFirst()).allSatisfy { $0.y + $0.height == $1.y })
                }
            }
        }
    }
}

// What keys do to the dashboard.

import ArgusShared
import Testing

@testable import ArgusCLI

struct TopModelTests {
    private static let now = TopBoardTests.start

    /// A model of three processes and a parent with two children.
    static func model(width: Int = 80, height: Int = 24) -> TopModel {
        var model = TopModel(address: "nats://bus:4222")
        _ = model.apply(.size(width: width, height: height), at: now)
        for (index, name) in ["api", "database", "worker"].enumerated() {
            var state = TopBoardTests.state(name)
            state.memory = 10 << 20
            _ = model.apply(.event(ProcessEvent(.started, state: state, at: now.adding(milliseconds: Int64(index)))), at: now)
        }
        let alerts = [
            TopBoardTests.alert("p", .high), TopBoardTests.alert("k1", .medium, parent: "p"), TopBoardTests.alert("k2", .low, parent: "p"),
        ]
        _ = model.apply(.alerts(.init(alerts: alerts.map(TopAlert.init), total: 3)), at: now)
        model.settle()
        return model
    }

    /// Presses keys and returns what is to be done.
    @discardableResult
    private func press(_ keys: Key..., in model: inout TopModel) -> [TopEffect] {
        keys.flatMap { model.apply(.key($0), at: Self.now) }
    }

    private func press(_ text: String, in model: inout TopModel) -> [TopEffect] {
        text.flatMap { model.apply(.key(.character($0)), at: Self.now) }
    }

    private func id(_ name: String) -> TopProcess.ID { TopProcess.ID(TopBoardTests.state(name)) }

    @Test("A process is restarted or stopped only after a yes")
    func asking() {
        var model = Self.model()
        press(.down, in: &model)
        #expect(press("r", in: &model) == [] && model.mode == .question(.restart(id("database"))))
        #expect(press("rsx1/ ", in: &model) == [] && press(.enter, .paste("y"), .down, in: &model) == [])
        #expect(model.mode == .question(.restart(id("database"))), "only yes and no are answers")
        #expect(press("n", in: &model) == [] && model.mode == .lists)
        #expect(press("ry", in: &model) == [.perform(.restart(id("database")))] && model.mode == .lists)
        #expect(press("s", in: &model) == [] && press(.escape, in: &model) == [] && model.mode == .lists)
        #expect(press("sY", in: &model) == [.perform(.stop(id("database")))])
        _ = model.apply(.done("stopped default/database", failed: false), at: Self.now)
        #expect(model.notice?.text == "stopped default/database")
        _ = model.apply(.tick, at: Self.now.adding(milliseconds: TopModel.noticeTime))
        #expect(model.notice == nil)
    }

    @Test("An alert is acknowledged at once and resolved after a yes; neither does anything to processes, nor the other way round")
    func alerts() throws {
        var model = Self.model()
        #expect(press("ax", in: &model) == [] && model.mode == .lists)
        press(.tab, .down, in: &model)
        #expect(press("rs", in: &model) == [] && model.mode == .lists)
        let child = try #require(model.alerts["k1"])
        #expect(press("a", in: &model) == [.perform(.acknowledge(child))])
        #expect(press("x", in: &model) == [] && model.mode == .question(.resolve(child)))
        #expect(press("y", in: &model) == [.perform(.resolve(child))])
        #expect(press(.enter, in: &model) == [.load(.alert(child))])
        _ = model.apply(.commit(TopBoardTests.commit(TopBoardTests.alert("k1", parent: "p", seconds: 1, status: .resolved))), at: Self.now)
        #expect(press("ax", in: &model) == [] && model.mode == .lists, "it is resolved already")
    }

    @Test("Children fold under their parent, and what was chosen stays in sight")
    func folding() {
        var model = Self.model()
        press(.tab, .end, in: &model)
        model.settle()
        #expect(model.alertCursor.id == "k2")
        _ = press(" ", in: &model)
        model.settle()
        #expect(model.alertList.map(\.alert.id) == ["p"] && model.alertCursor.id == "p")
        _ = press(" ", in: &model)
        model.settle()
        #expect(model.alertList.count == 3)
    }

    @Test("The place stays with its process when others come and go; untouched it stays at the top")
    func places() {
        var model = Self.model()
        _ = model.apply(.event(ProcessEvent(.started, state: TopBoardTests.state("aaa"), at: Self.now)), at: Self.now)
        model.settle()
        #expect(model.chosenProcess == id("aaa"))
        press(.down, .down, in: &model)
        #expect(model.chosenProcess == id("database"))
        _ = model.apply(.event(ProcessEvent(.started, state: TopBoardTests.state("aab"), at: Self.now)), at: Self.now)
        model.settle()
        #expect(model.chosenProcess == id("database") && model.processCursor.index == 3)
        _ = model.apply(
            .event(ProcessEvent(.stopped, state: TopBoardTests.state("database", "Removed"), at: Self.now.adding(milliseconds: 9))),
            at: Self.now)
        model.settle()
        #expect(model.chosenProcess == id("worker"))
        press(.pageDown, .pageDown, in: &model)
        #expect(model.chosenProcess == id("worker"))
        press(.home, in: &model)
        #expect(model.chosenProcess == id("aaa"))
    }

    @Test("A filter is typed, kept and cleared; while it is typed no letter is a command")
    func filtering() {
        var model = Self.model()
        #expect(press("/qrsx", in: &model) == [] && model.filter.text == "qrsx")
        press(.control("u"), .paste("WOR\nker\u{1B}[2J"), in: &model)
        #expect(model.filter.text == "WORker[2J")
        press(.backspace, .backspace, .backspace, .enter, in: &model)
        model.settle()
        #expect(model.mode == .lists && model.processList.map(\.id) == [id("worker")] && model.chosenProcess == id("worker"))
        #expect(model.alertList.isEmpty && model.eventList.count == 1)
        press(.escape, in: &model)
        model.settle()
        #expect(model.filter.isEmpty && model.processList.count == 3)
        for _ in 0..<200 { press(.character("/"), .character("x"), in: &model) }
        #expect(model.filter.text.count == TextFilter.longest)
    }

    @Test("Details load, are loaded again while they are open, and keep the lines that somebody reads")
    func details() {
        var model = Self.model(height: 12)
        #expect(press(.enter, in: &model) == [.load(.process(id("api")))])
        let subject = TopSubject.process(id("api"))
        #expect(model.apply(.tick, at: Self.now.adding(milliseconds: 9000)) == [], "still loading")
        _ = model.apply(.details(subject, .lines((1...50).map { "line \($0)" }, title: "log")), at: Self.now)
        press(.up, .up, .up, in: &model)
        #expect(model.details?.scroll == 3)
        #expect(model.apply(.tick, at: Self.now.adding(milliseconds: 2000)) == [.load(subject)])
        _ = model.apply(.details(subject, .lines((3...54).map { "line \($0)" }, title: "log")), at: Self.now)
        #expect(model.details?.scroll == 7, "four lines came")
        _ = model.apply(.details(.process(id("worker")), .failed("late")), at: Self.now)
        _ = model.apply(.details(subject, .failed("away")), at: Self.now)
        #expect(model.details?.lines.count == 52, "what was loaded stays")
        press(.end, in: &model)
        #expect(model.details?.scroll == 0)
        #expect(press("ry", in: &model) == [.perform(.restart(id("api")))])
        #expect(press("q", in: &model) == [] && model.details == nil)
        #expect(press("q", in: &model) == [.end])
    }

    @Test("Keys that every screen has")
    func general() {
        var model = Self.model()
        #expect(press(.control("c"), .control("z"), .control("l"), in: &model) == [.end, .suspend, .redraw])
        _ = press("/", in: &model)
        #expect(press(.control("c"), in: &model) == [.end])
        press(.escape, .backTab, in: &model)
        #expect(model.focus == .events)
        #expect(press(.enter, in: &model) == [.load(.process(id("worker")))], "an event leads to its process")
        press(.escape, .character("?"), in: &model)
        #expect(model.mode == .help && press("q", in: &model) == [] && model.mode == .lists)
        _ = press("2", in: &model)
        #expect(model.focus == .alerts)
        for order in ProcessBoard.Order.allCases.dropFirst() + [.name] {
            _ = press("o", in: &model)
            #expect(model.order == order)
        }
    }

    @Test("A flood of events stays bounded, the newest first")
    func flood() {
        var model = Self.model()
        for number in 0..<5000 {
            let event = ProcessEvent(.statusChanged, state: TopBoardTests.state("p\(number % 7)"), at: TopBoardTests.at(Int64(number)))
            _ = model.apply(.event(event), at: Self.now)
        }
        model.settle()
        #expect(model.eventList.count == TopModel.mostEvents && model.events.count < 2 * TopModel.mostEvents)
        #expect(model.eventList.first?.event.timestamp == TopBoardTests.at(4999))
    }

    @Test("The report for programs has children below their parents, and says what is not known")
    func report() throws {
        var model = Self.model()
        var json = TopReport(model: model, now: Self.now).json
        #expect(json["processes"]?.arrayValue?.compactMap { $0["state"]?["name"]?.stringValue } == ["api", "database", "worker"])
        #expect(json["alerts"]?.arrayValue?.count == 1)
        #expect(json["alerts"]?[0]?["children"]?.arrayValue?.compactMap { $0["dedupKey"]?.stringValue } == ["key-k1", "key-k2"])
        #expect(json["events"]?[0]?["process"]?.stringValue == "worker")
        let read = try JSONValue(parsing: json.bytes)
        #expect(read == json)
        _ = model.apply(.alertsFailed("alert-api is away"), at: Self.now)
        json = TopReport(model: model, now: Self.now).json
        #expect(json["alerts"] == nil && json["alerts_error"]?.stringValue == "alert-api is away")
    }
}

// What the dashboard knows: processes, alerts and rates, from news in any order.

import ArgusShared
import Testing

@testable import ArgusCLI

struct TopBoardTests {
    static let start = Timestamp(milliseconds: 1_769_853_211_000)

    static func at(_ seconds: Int64) -> Timestamp { start.adding(milliseconds: seconds * 1000) }

    static func state(_ name: String, _ status: String = "Running", namespace: String = "default") -> ProcessState {
        var state = ProcessState(name: name, namespace: namespace, status: status)
        state.isRunning = status == "Running"
        return state
    }

    static func alert(
        _ id: String, _ severity: Severity = .high, parent: String? = nil, seconds: Int64 = 0, status: Alert.Status = .active
    ) -> Alert {
        var event = AlertEvent(id: id, action: .trigger, managerID: "shop", dedupKey: "key-\(id)", receivedAt: at(0))
        event.summary = "summary of \(id)"
        var alert = Alert(openedBy: event, at: at(0), ordinal: 1)
        alert.severity = severity
        alert.parentID = parent
        alert.kind = parent == nil ? .parent : .child
        alert.updatedAt = at(seconds)
        alert.status = status
        return alert
    }

    static func commit(_ alerts: Alert...) -> Commit {
        Commit(
            partition: 0, owner: "p", inputSequence: 1, clock: at(0), nextOrdinal: 9,
            changes: alerts.map { AlertChange(alert: $0, hasPayload: false, transitions: []) })
    }

    // MARK: Processes

    @Test("The adapter's time decides between an event and a sample, whichever comes first")
    func newest() {
        var board = ProcessBoard()
        board.apply(
            ProcessSample(instance: "", at: Self.at(10), processes: [.init(state: Self.state("api"), age: .seconds(4))]), at: Self.at(100))
        var late = ProcessEvent(.crashed, state: Self.state("api", "Completed"), at: Self.at(9))
        board.apply(late)
        #expect(board.list(.name, TextFilter()).first?.state.status == "Running")
        #expect(board.list(.name, TextFilter()).first?.uptime(at: Self.at(101)) == 5000)
        late.timestamp = Self.at(11)
        board.apply(late)
        let crashed = board.list(.name, TextFilter()).first
        #expect(crashed?.state.status == "Completed" && crashed?.condition == .failed && crashed?.uptime(at: Self.at(101)) == nil)
        board.apply(
            ProcessSample(instance: "", at: Self.at(10), processes: [.init(state: Self.state("api"), age: .zero)]), at: Self.at(101))
        #expect(board.list(.name, TextFilter()).first?.condition == .failed)
    }

    @Test("A process that its process-compose does not have any more goes; those of others stay")
    func removal() {
        var board = ProcessBoard()
        for state in [Self.state("a"), Self.state("b"), Self.state("c", namespace: "east/default"), Self.state("d", namespace: "west/x")] {
            board.apply(ProcessEvent(.started, state: state, at: Self.at(0)))
        }
        board.apply(ProcessSample(instance: "", at: Self.at(5), processes: [.init(state: Self.state("a"), age: .zero)]), at: Self.at(5))
        #expect(board.list(.name, TextFilter()).map(\.id.text) == ["default/a", "east/default/c", "west/x/d"])
        board.apply(ProcessSample(instance: "east", at: Self.at(6), processes: []), at: Self.at(6))
        #expect(board.list(.name, TextFilter()).map(\.id.text) == ["default/a", "west/x/d"])
        board.apply(ProcessEvent(.stopped, state: Self.state("d", "Removed", namespace: "west/x"), at: Self.at(7)))
        #expect(board.list(.name, TextFilter()).map(\.id.text) == ["default/a"])
        board.apply(ProcessEvent(.started, state: Self.state("new"), at: Self.at(8)))
        board.apply(ProcessSample(instance: "", at: Self.at(7), processes: []), at: Self.at(8))
        #expect(board.list(.name, TextFilter()).map(\.id.text) == ["default/new"], "a sample that is older says nothing of it")
    }

    @Test("Conditions by status, readiness and how the last run ended; the worst come first")
    func conditions() {
        var board = ProcessBoard()
        var unready = Self.state("unready")
        unready.readiness = .notReady
        var failed = Self.state("failed", "Completed")
        failed.exitCode = 1
        var stopped = Self.state("stopped", "Completed")
        stopped.exitCode = 143
        for state in [Self.state("up"), unready, failed, Self.state("restarting", "Restarting"), Self.state("broken", "Error")] {
            board.apply(ProcessSample(instance: state.name, at: Self.at(0), processes: [.init(state: state, age: .zero)]), at: Self.at(0))
        }
        board.apply(ProcessEvent(.stopped, state: stopped, at: Self.at(0)))
        let list = board.list(.condition, TextFilter())
        #expect(list.map(\.state.name) == ["broken", "failed", "unready", "restarting", "up", "stopped"])
        #expect(list.map(\.condition) == [.failed, .failed, .unhealthy, .changing, .up, .ended])
        #expect(board.list(.name, TextFilter(text: "RUN unready")).map(\.state.name) == ["unready"])
    }

    // MARK: Alerts

    @Test("What a commit said holds against a list that is behind, and not for ever")
    func overtaking() {
        var board = AlertBoard()
        let old = AlertBoard.List(alerts: [TopAlert(Self.alert("a")), TopAlert(Self.alert("b"))], total: 2)
        board.apply(old, at: Self.at(1))
        board.apply(Self.commit(Self.alert("a", seconds: 2, status: .resolved), Self.alert("c", seconds: 2)), at: Self.at(2))
        #expect(board.lines(TextFilter(), folded: []).map(\.alert.id).sorted() == ["b", "c"])
        board.apply(old, at: Self.at(3))
        #expect(board.lines(TextFilter(), folded: []).map(\.alert.id).sorted() == ["b", "c"], "the list does not know of it yet")
        board.apply(Self.commit(Self.alert("b", .low, seconds: 4)), at: Self.at(4))
        board.apply(old, at: Self.at(5))
        #expect(board["b"]?.severity == .low)
        board.apply(AlertBoard.List(alerts: [TopAlert(Self.alert("a", seconds: 5))], total: 1), at: Self.at(5))
        #expect(board["a"] != nil, "triggered again, after the resolve that the commit told")
        board.apply(AlertBoard.List(alerts: [], total: 0), at: Self.at(60))
        #expect(board.count == 0)
    }

    @Test("Parents over their children, the worst first; children without a known parent stand for themselves")
    func tree() {
        var board = AlertBoard()
        board.apply(
            Self.commit(
                Self.alert("low", .low), Self.alert("p", .medium), Self.alert("k1", .low, parent: "p"),
                Self.alert("k2", .high, parent: "p"),
                Self.alert("orphan", .high, parent: "gone")), at: Self.at(0))
        let lines = board.lines(TextFilter(), folded: [])
        #expect(lines.map(\.alert.id) == ["orphan", "p", "k2", "k1", "low"])
        #expect(
            lines.map(\.isChild) == [false, false, true, true, false] && lines.map(\.isLastChild) == [false, false, false, true, false])
        let folded = board.lines(TextFilter(), folded: ["p"])
        #expect(folded.map(\.alert.id) == ["orphan", "p", "low"] && folded[1].hidden == 2)
        #expect(board.lines(TextFilter(text: "key-k1"), folded: []).map(\.alert.id) == ["p", "k1"])
    }

    @Test("A flood of alerts stays bounded")
    func flood() {
        var board = AlertBoard()
        for number in 0..<3000 { board.apply(Self.commit(Self.alert("\(number)")), at: Self.at(0)) }
        #expect(board.count == AlertBoard.most)
        board.apply(AlertBoard.List(alerts: (0..<1000).map { TopAlert(Self.alert("\($0)")) }, total: 3000), at: Self.at(60))
        #expect(board.count == 3000)
    }

    @Test("alert-api's JSON is read, and what is no alert is not")
    func alertJSON() throws {
        var writer = JSONWriter(capacity: 512)
        var alert = Self.alert("a", .medium, parent: "p")
        alert.acknowledgedAt = Self.at(1)
        alert.acknowledgedBy = "ana"
        alert.writePublic(to: &writer)
        let shown = try JSONValue(parsing: writer.bytes)
        #expect(TopAlert(shown) == TopAlert(alert))
        let other = try JSONValue(parsing: Array(#"{"id":"a","severity":"purple"}"#.utf8))
        #expect(TopAlert(other) == nil)
    }

    // MARK: Rates

    @Test("Rates add up, forget counters that fell silent, and survive restarts of who counts")
    func rates() {
        var meter = RateMeter()
        meter.read("a", 100, at: Self.at(0))
        #expect(meter.perSecond(at: Self.at(0)) == nil)
        meter.read("a", 150, at: Self.at(5))
        meter.read("b", 0, at: Self.at(0))
        meter.read("b", 20, at: Self.at(2))
        #expect(meter.perSecond(at: Self.at(5)) == 20)
        meter.read("a", 3, at: Self.at(10))
        #expect(meter.perSecond(at: Self.at(10)) == 10, "a was started anew")
        #expect(meter.perSecond(at: Self.at(60)) == nil)
        #expect([0, 0.5, 3.456, 120.4, 12_345, 2.5e7].map(Rates.text) == ["0/s", "0.5/s", "3.5/s", "120/s", "12.3k/s", "25.0M/s"])
    }

    @Test("Services' own counts are preferred to messages of the bus")
    func preferred() {
        var rates = Rates()
        rates.take([
            .init(subject: .batches, counter: "s", value: 0, at: Self.at(0)),
            .init(subject: .batches, counter: "s", value: 4, at: Self.at(2)),
        ])
        #expect(rates.texts(at: Self.at(2)) == ["event batches 2.0/s"])
        let status =
            #"{"service":"ingest-gateway","instance":"i","timestamp":"TIME","metrics":{"argus_ingest_events_total{door=\"v1\"}":COUNT,"argus_ingest_rejected_total":5}}"#
        for (seconds, count) in [(Int64(0), "10"), (5, "510.0")] {
            let text = status.replacing("TIME", with: Self.at(seconds).rfc3339).replacing("COUNT", with: count)
            rates.take(TopReadings.serviceCounts(Array(text.utf8)))
        }
        #expect(rates.texts(at: Self.at(5)) == ["events 100/s"])
        #expect(TopReadings.serviceCounts(Array("[]".utf8)).isEmpty)
    }
}

// What the dashboard knows and shows. No clock, no terminal, no bus: see TopSession for those.

import ArgusShared

/// The state of the dashboard.
struct TopModel: Sendable {
    /// A list on the screen.
    enum Pane: Int, Sendable, CaseIterable {
        case processes, alerts, events
    }

    /// What keys are meant for.
    enum Mode: Sendable, Hashable {
        case lists
        case filter
        case question(TopAction)
        case help
    }

    /// A line that is shown for a while.
    struct Notice: Sendable, Hashable {
        var text: String
        var isFailure: Bool
        var until: Timestamp
    }

    /// One event with a number that stays its own.
    struct RecentEvent: Sendable, Hashable {
        let number: Int
        let event: ProcessEvent
    }

    static let mostEvents = 500
    static let noticeTime: Int64 = 6000

    /// Where the bus is, as the person named it.
    let address: String
    var width = 80
    var height = 24

    var processes = ProcessBoard()
    var alerts = AlertBoard()
    var rates = Rates()
    /// The newest last.
    var events: [RecentEvent] = []
    private var eventCount = 0
    var isConnected = true
    /// Since when there is no connection.
    var lostAt: Timestamp?
    var hasProcessEvents = true
    /// Why there is no list of alerts.
    var alertFailure: String?

    var mode = Mode.lists
    var focus = Pane.processes
    var filter = TextFilter()
    var order = ProcessBoard.Order.name
    var folded: Set<String> = []
    var details: TopDetails?
    var notice: Notice?

    var processCursor = ListCursor<TopProcess.ID>()
    var alertCursor = ListCursor<String>()
    var eventCursor = ListCursor<Int>()
    /// What the lists show; see ``settle()``.
    private(set) var processList: [TopProcess] = []
    private(set) var alertList: [AlertBoard.Line] = []
    private(set) var eventList: [RecentEvent] = []
    private var isSettled = false

    init(address: String) {
        self.address = address
    }

    /// Takes what happened, and says what is to be done.
    mutating func apply(_ input: TopInput, at now: Timestamp) -> [TopEffect] {
        defer { isSettled = false }
        switch input {
        case .key(let key):
            settle()
            return press(key, at: now)
        case .size(let width, let height):
            (self.width, self.height) = (width, height)
            return [.redraw]
        case .tick: return tick(now)
        case .connection(let isUp):
            if isUp != isConnected { lostAt = isUp ? nil : now }
            isConnected = isUp
        case .known(let events): for event in events { processes.apply(event) }
        case .event(let event): add(event)
        case .sample(let sample): processes.apply(sample, at: now)
        case .noProcesses: hasProcessEvents = false
        case .alerts(let list):
            alerts.apply(list, at: now)
            alertFailure = nil
        case .alertsFailed(let reason): alertFailure = reason
        case .commit(let commit): alerts.apply(commit, at: now)
        case .rates(let readings, let backlog):
            rates.take(readings)
            rates.backlog = backlog ?? rates.backlog
        case .details(let subject, let content): if details?.subject == subject { details?.take(content) }
        case .done(let text, let failed): notice = Notice(text: text, isFailure: failed, until: now.adding(milliseconds: Self.noticeTime))
        }
        return []
    }

    private mutating func tick(_ now: Timestamp) -> [TopEffect] {
        if let until = notice?.until, until <= now { notice = nil }
        guard let details, !details.isLoading, now.milliseconds - details.askedAt.milliseconds >= TopDetails.interval else { return [] }
        return load(details.subject, now)
    }

    /// Asks for the content of the details again.
    mutating func load(_ subject: TopSubject, _ now: Timestamp) -> [TopEffect] {
        details?.askedAt = now
        details?.isLoading = true
        return [.load(subject)]
    }

    private mutating func add(_ event: ProcessEvent) {
        hasProcessEvents = true
        processes.apply(event)
        eventCount += 1
        events.append(RecentEvent(number: eventCount, event: event))
        if events.count >= 2 * Self.mostEvents { events.removeFirst(events.count - Self.mostEvents) }
    }

    /// Makes lists and places fit what is known.
    mutating func settle() {
        guard !isSettled else { return }
        isSettled = true
        processList = processes.list(order, filter)
        alertList = alerts.lines(filter, folded: folded)
        eventList = events.suffix(Self.mostEvents).reversed().filter {
            filter.matches("\($0.event.namespace)/\($0.event.process)", $0.event.kind.rawValue)
        }
        let layout = TopLayout(self)
        processCursor.settle(processList.map(\.id), rows: layout.processes.rows)
        alertCursor.settle(alertList.map(\.alert.id), rows: layout.alerts.rows)
        eventCursor.settle(eventList.map(\.number), rows: layout.events.rows)
    }

    /// What the terminal shows.
    mutating func frame(at now: Timestamp, look: TopLook) -> Frame {
        settle()
        return TopScreen(model: self, now: now, look: look).frame
    }

    /// The process that a command is about.
    var chosenProcess: TopProcess.ID? {
        switch details?.subject {
        case .process(let id): id
        case .alert: nil
        case nil: focus == .processes ? processCursor.id : nil
        }
    }

    /// The alert that a command is about, as it is now.
    var chosenAlert: TopAlert? {
        switch details?.subject {
        case .alert(let alert): alerts[alert.id]
        case .process: nil
        case nil: focus == .alerts ? alertCursor.id.flatMap { alerts[$0] } : nil
        }
    }
}

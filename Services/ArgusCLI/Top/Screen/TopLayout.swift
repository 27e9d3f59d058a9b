// Which part of the screen is whose.

/// The lines of each list. The first two lines and the last are the dashboard's own.
struct TopLayout: Sendable, Hashable {
    /// A list with its title.
    struct Area: Sendable, Hashable {
        /// The title's line.
        var y = 0
        /// Lines with the title; 0 if there is no room for this list.
        var height = 0
        /// Elements in sight.
        var rows = 0
    }

    static let leastWidth = 24
    static let leastHeight = 6
    static let top = 2
    /// Below so many lines only the list with the focus is shown.
    private static let leastForAll = 8

    let isTooSmall: Bool
    /// Lines between the dashboard's own.
    let body: Int
    private(set) var processes = Area()
    private(set) var alerts = Area()
    private(set) var events = Area()

    init(_ model: TopModel) {
        self.init(
            width: model.width, height: model.height, focus: model.focus,
            counts: [model.processList.count, model.alertList.count, model.eventList.count])
    }

    /// - Parameter counts: elements of each list, in the order of the panes.
    init(width: Int, height: Int, focus: TopModel.Pane, counts: [Int]) {
        isTooSmall = width < Self.leastWidth || height < Self.leastHeight
        body = max(0, height - Self.top - 1)
        let heights = Self.heights(body, focus, counts)
        var y = Self.top
        for pane in TopModel.Pane.allCases {
            let height = heights[pane.rawValue]
            let area = Area(y: y, height: height, rows: max(0, height - Self.titles(pane)))
            switch pane {
            case .processes: processes = area
            case .alerts: alerts = area
            case .events: events = area
            }
            y += height
        }
    }

    /// How many lines a page has.
    func rows(of pane: TopModel.Pane, details: Bool) -> Int {
        if details { return body }
        return switch pane {
        case .processes: processes.rows
        case .alerts: alerts.rows
        case .events: events.rows
        }
    }

    /// The grid has the names of its columns below its title.
    private static func titles(_ pane: TopModel.Pane) -> Int {
        pane == .processes ? 2 : 1
    }

    /// Every list gets a line for its title and one element; the rest goes line by line to the list that has the least for its weight and
    /// needs more, and what nobody needs to the events.
    private static func heights(_ body: Int, _ focus: TopModel.Pane, _ counts: [Int]) -> [Int] {
        let panes = TopModel.Pane.allCases
        guard body >= leastForAll else { return panes.map { $0 == focus ? body : 0 } }
        var heights = panes.map { titles($0) + 1 }
        let needs = panes.map { titles($0) + max(1, counts[$0.rawValue]) }
        let weights = panes.map { ($0 == .processes ? 3 : 2) * ($0 == focus ? 2 : 1) }
        for _ in heights.reduce(0, +)..<max(body, heights.reduce(0, +)) {
            let hungry = panes.indices.filter { heights[$0] < needs[$0] }
            let next = hungry.min { heights[$0] * weights[$1] < heights[$1] * weights[$0] }
            heights[next ?? TopModel.Pane.events.rawValue] += 1
        }
        return heights
    }
}

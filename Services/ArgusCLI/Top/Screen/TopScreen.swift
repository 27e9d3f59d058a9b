// Draws the dashboard.

import ArgusShared

/// A frame of a model at a moment. The model must be settled.
struct TopScreen {
    let model: TopModel
    let now: Timestamp
    let look: TopLook
    let layout: TopLayout
    var canvas: Frame

    /// For how long a sample of processes is fresh, in milliseconds.
    static let freshness: Int64 = 15_000

    init(model: TopModel, now: Timestamp, look: TopLook) {
        self.model = model
        self.now = now
        self.look = look
        layout = TopLayout(model)
        canvas = Frame(width: model.width, height: model.height, isASCII: look.isASCII)
    }

    /// The picture.
    var frame: Frame {
        var copy = self
        copy.draw()
        return copy.canvas
    }

    private mutating func draw() {
        guard !layout.isTooSmall else {
            canvas.put("argus top: \(TopLayout.leastWidth) x \(TopLayout.leastHeight) needed", .bold, x: 0, y: 0)
            return
        }
        drawHeader()
        drawSummary()
        if model.mode == .help {
            drawHelp()
        } else if let details = model.details {
            draw(details)
        } else {
            drawProcesses()
            drawAlerts()
            drawEvents()
        }
        drawFooter()
    }

    // MARK: The dashboard's own lines

    private mutating func drawHeader() {
        canvas.restyle(y: 0) { $0.isReversed = true }
        let clock = String(look.clock(now).prefix(8))
        let state: (text: String, style: CellStyle) =
            if model.isConnected {
                (clock, CellStyle.plain.reversed)
            } else {
                ("bus lost for \(span(since: model.lostAt ?? now))  \(clock)", CellStyle(color: .red, isBold: true).reversed)
            }
        canvas.put(" argus top", CellStyle.bold.reversed, x: 0, y: 0)
        let room = model.width - 13 - Glyph.width(of: state.text) - 2
        canvas.put(model.address, CellStyle.plain.reversed, x: 12, y: 0, limit: room)
        canvas.put(state.text, state.style, endingAt: model.width - 1, y: 0, limit: model.width - 12)
    }

    private mutating func drawSummary() {
        var x = 1
        func style(_ count: Int, _ color: CellStyle.Color) -> CellStyle { count > 0 ? CellStyle(color: color, isBold: true) : .plain }
        func add(_ text: String, _ style: CellStyle, to canvas: inout Frame) {
            guard x < model.width - 1 else { return }
            x += canvas.put(text, style, x: x, y: 1, limit: model.width - 1 - x)
        }
        var counts: [TopProcess.Condition: Int] = [:]
        for process in model.processes.all { counts[process.condition, default: 0] += 1 }
        let failed = counts[.failed] ?? 0
        let unhealthy = counts[.unhealthy] ?? 0
        add("\(model.processes.all.count) processes: \((counts[.up] ?? 0) + unhealthy) up", .plain, to: &canvas)
        if unhealthy > 0 { add(", \(unhealthy) not ready", style(unhealthy, .yellow), to: &canvas) }
        if failed > 0 { add(", \(failed) failed", style(failed, .red), to: &canvas) }
        let alerts = model.alerts.count
        let areUnknown = alerts == 0 && !model.alerts.isComplete
        add(areUnknown ? "   alerts not known" : "   \(alerts) \(alerts == 1 ? "alert" : "alerts")", style(alerts, .yellow), to: &canvas)
        if model.alerts.severe > 0 { add(", \(model.alerts.severe) high", style(1, .red), to: &canvas) }
        for text in model.rates.texts(at: now) { add("   \(text)", .colored(.cyan), to: &canvas) }
        if let backlog = model.rates.backlog, backlog.events > 0 || backlog.telemetry > 0 {
            add("   waiting \(backlog.events) batches, \(backlog.telemetry) exports", .dim, to: &canvas)
        }
    }

    private mutating func drawFooter() {
        let y = model.height - 1
        switch model.mode {
        case .question(let action):
            canvas.restyle(y: y) { $0.isReversed = true }
            let answers = "  y yes  n no "
            let style = CellStyle(color: .yellow, isBold: true).reversed
            let columns = canvas.put(" " + (action.question ?? ""), style, x: 0, y: y, limit: model.width - answers.count)
            canvas.put(answers, CellStyle.plain.reversed, x: columns, y: y)
        case .filter:
            let columns = canvas.put(" /" + model.filter.text, .bold, x: 0, y: y, limit: model.width - 2)
            canvas.put(" ", CellStyle.plain.reversed, x: columns, y: y)
            canvas.put("enter keep  esc clear", .dim, x: columns + 3, y: y)
        case .help: canvas.put(" any key goes back", .dim, x: 0, y: y)
        case .lists:
            if let notice = model.notice {
                canvas.put(" " + notice.text, notice.isFailure ? CellStyle(color: .red, isBold: true) : .bold, x: 0, y: y)
            } else {
                canvas.put(" " + hints, .dim, x: 0, y: y)
            }
        }
    }

    private var hints: String {
        let general = "? help  q \(model.details == nil ? "quit" : "back")"
        if model.details == nil, model.focus == .events { return "\(general)  tab next list  enter its process  / filter" }
        let isAlert = if case .alert = model.details?.subject { true } else { model.details == nil && model.focus == .alerts }
        let actions = isAlert ? "a acknowledge  x resolve" : "r restart  s stop"
        return model.details == nil ? "\(general)  enter details  \(actions)  tab next list  / filter" : "\(general)  \(actions)"
    }

    // MARK: Parts that all lists have

    /// A list's title on a line.
    mutating func drawTitle(_ pane: TopModel.Pane, _ area: TopLayout.Area, shown: Int, of total: Int, note: (String, CellStyle)? = nil) {
        guard area.height > 0 else { return }
        let isFocused = model.focus == pane
        let name = ["Processes", "Alerts", "Events"][pane.rawValue]
        let count = model.filter.isEmpty ? "\(total)" : "\(shown) of \(total) with \"\(model.filter.text)\""
        drawBar(" \(name) \(count) ", isFocused ? CellStyle(color: .cyan, isBold: true).reversed : .bold, y: area.y)
        guard let note else { return }
        let limit = model.width - Glyph.width(of: " \(name) \(count) ") - 4
        canvas.put(" \(note.0) ", note.1, endingAt: model.width - 1, y: area.y, limit: limit)
    }

    /// A title with a line to the edge.
    mutating func drawBar(_ title: String, _ style: CellStyle, y: Int) {
        canvas.put(String(repeating: look.line, count: model.width), .dim, x: 0, y: y)
        canvas.put(title, style, x: 1, y: y, limit: model.width - 2)
    }

    /// Marks where one is.
    mutating func select(y: Int, _ pane: TopModel.Pane) {
        guard model.focus == pane else { return }
        canvas.put(look.pointer, .bold, x: 0, y: y)
        canvas.restyle(y: y) { $0.isReversed = true }
    }

    /// Elapsed time in words.
    func span(since time: Timestamp) -> String {
        TimeSpan.text(milliseconds: max(0, (now.milliseconds - time.milliseconds) / 1000 * 1000)).replacing("0ms", with: "0s")
    }
}

// Draws the grid of processes, the alerts and the events.

import ArgusShared

extension TopScreen {
    /// A column of the grid besides the name.
    private struct Column {
        var title: String
        var width: Int
        var isNumber: Bool
        var value: (TopProcess) -> (text: String, color: CellStyle.Color?)
    }

    /// The columns that there is room for, and the width of the name. The first are the most important.
    private var columns: (name: Int, columns: [Column]) {
        var name = model.width - 3
        var chosen: [Column] = []
        for column in allColumns where name - column.width - 1 >= 15 {
            name -= column.width + 1
            chosen.append(column)
        }
        return (name, chosen)
    }

    private var allColumns: [Column] {
        [
            Column(title: "STATUS", width: 11, isNumber: false) { ($0.state.status, Self.color($0.condition)) },
            Column(title: "HEALTH", width: 9, isNumber: false) { process in
                switch process.state.readiness {
                case .ready: ("ready", .green)
                case .notReady: ("not ready", .yellow)
                case .unknown: ("-", nil)
                }
            },
            Column(title: "RESTARTS", width: 8, isNumber: true) { ("\($0.state.restarts)", $0.state.restarts > 0 ? .yellow : nil) },
            Column(title: "UPTIME", width: 8, isNumber: true) { process in
                (process.uptime(at: now).map { span(since: now.adding(milliseconds: -$0)) } ?? "-", nil)
            },
            Column(title: "CPU", width: 6, isNumber: true) { process in
                (process.isAlive ? "\((process.state.cpu * 10).rounded() / 10)%" : "-", nil)
            },
            Column(title: "MEMORY", width: 10, isNumber: true) { ($0.isAlive ? ByteCount.text($0.state.memory) : "-", nil) },
        ]
    }

    static func color(_ condition: TopProcess.Condition) -> CellStyle.Color? {
        switch condition {
        case .failed: .red
        case .unhealthy, .changing: .yellow
        case .up: .green
        case .ended: nil
        }
    }

    mutating func drawProcesses() {
        let area = layout.processes
        drawTitle(.processes, area, shown: model.processList.count, of: model.processes.all.count, note: processNote)
        guard area.rows > 0 else { return }
        let (nameWidth, columns) = columns
        canvas.put("PROCESS", .dim, x: 2, y: area.y + 1)
        var x = 2 + nameWidth + 1
        for column in columns {
            drawCell(column.title, .dim, column, x, area.y + 1)
            x += column.width + 1
        }
        guard !model.processList.isEmpty else {
            canvas.put(emptyProcesses, .dim, x: 2, y: area.y + 2)
            return
        }
        for (row, process) in model.processList.dropFirst(model.processCursor.top).prefix(area.rows).enumerated() {
            let y = area.y + 2 + row
            canvas.put(process.id.text, .plain, x: 2, y: y, limit: nameWidth)
            var x = 2 + nameWidth + 1
            for column in columns {
                let (text, color) = column.value(process)
                drawCell(text, .colored(color), column, x, y)
                x += column.width + 1
            }
            if process.id == model.processCursor.id { select(y: y, .processes) }
        }
    }

    private mutating func drawCell(_ text: String, _ style: CellStyle, _ column: Column, _ x: Int, _ y: Int) {
        if column.isNumber {
            canvas.put(text, style, endingAt: x + column.width, y: y, limit: column.width)
        } else {
            canvas.put(text, style, x: x, y: y, limit: column.width)
        }
    }

    private var emptyProcesses: String {
        if !model.filter.isEmpty { return "none of them" }
        return model.hasProcessEvents ? "none seen yet" : "process-adapter has never run on this bus"
    }

    private var processNote: (String, CellStyle)? {
        let order = model.order == .name ? nil : ("by \(model.order.rawValue)", CellStyle.dim)
        guard model.processes.all.count > 0, model.isConnected else { return order }
        guard let sampled = model.processes.sampledAt else { return ("as of their last events", .colored(.yellow)) }
        guard now.milliseconds - sampled.milliseconds >= Self.freshness else { return order }
        return ("not heard of for \(span(since: sampled))", .colored(.yellow))
    }

    // MARK: Alerts

    mutating func drawAlerts() {
        let area = layout.alerts
        drawTitle(.alerts, area, shown: model.alertList.count, of: model.alerts.count, note: alertNote)
        guard area.rows > 0 else { return }
        guard !model.alertList.isEmpty else {
            let isUnknown = model.filter.isEmpty && !model.alerts.isComplete
            canvas.put(isUnknown ? "not known" : model.filter.isEmpty ? "none" : "none of them", .dim, x: 2, y: area.y + 1)
            return
        }
        for (row, line) in model.alertList.dropFirst(model.alertCursor.top).prefix(area.rows).enumerated() {
            draw(line, y: area.y + 1 + row)
            if line.alert.id == model.alertCursor.id { select(y: area.y + 1 + row, .alerts) }
        }
    }

    private var alertNote: (String, CellStyle)? {
        guard let failure = model.alertFailure else { return nil }
        return (model.alerts.isComplete ? "from the bus only: \(failure)" : failure, .colored(.yellow))
    }

    private mutating func draw(_ line: AlertBoard.Line, y: Int) {
        let alert = line.alert
        canvas.put(alert.severity.rawValue, .colored(Self.color(alert.severity)), x: 2, y: y, limit: 6)
        canvas.put(span(since: alert.createdAt), .dim, endingAt: 17, y: y, limit: 8)
        var x = 19
        if line.isChild { x += canvas.put(line.isLastChild ? look.lastBranch : look.branch, .dim, x: x, y: y) }
        let end = endNote(line)
        let endWidth = min(Glyph.width(of: end), max(0, (model.width - x) / 2))
        canvas.put(end, .dim, endingAt: model.width - 1, y: y, limit: endWidth)
        let limit = model.width - 2 - endWidth - x
        x += canvas.put(alert.summary, line.isChild ? .plain : .bold, x: x, y: y, limit: limit)
        let rest = model.width - 3 - endWidth - x
        if rest >= 12 { canvas.put("  " + alert.key, .dim, x: x, y: y, limit: rest) }
    }

    private func endNote(_ line: AlertBoard.Line) -> String {
        let alert = line.alert
        var notes: [String] = []
        if line.hidden > 0 { notes.append("+\(line.hidden)") }
        if alert.childCount > 0 { notes.append("\(alert.activeChildCount) of \(alert.childCount) active") }
        if alert.isAcknowledged { notes.append(alert.acknowledgedBy.map { "ack \($0)" } ?? "ack") }
        return notes.joined(separator: "  ")
    }

    static func color(_ severity: Severity) -> CellStyle.Color? {
        switch severity {
        case .high: .red
        case .medium: .yellow
        case .low: nil
        }
    }

    // MARK: Events

    mutating func drawEvents() {
        let area = layout.events
        drawTitle(.events, area, shown: model.eventList.count, of: min(model.events.count, TopModel.mostEvents))
        for (row, recent) in model.eventList.dropFirst(model.eventCursor.top).prefix(area.rows).enumerated() {
            draw(recent.event, y: area.y + 1 + row, withName: true)
            if recent.number == model.eventCursor.id { select(y: area.y + 1 + row, .events) }
        }
        if model.eventList.isEmpty, area.rows > 0 {
            canvas.put(model.filter.isEmpty ? "none yet" : "none of them", .dim, x: 2, y: area.y + 1)
        }
    }

    mutating func draw(_ event: ProcessEvent, y: Int, withName: Bool) {
        let level = event.kind.severity
        let clock = look.clock(event.timestamp)
        var x = 2 + canvas.put(model.width < 80 ? String(clock.prefix(8)) : clock, .dim, x: 2, y: y) + 1
        x += canvas.put(look.mark(level), .colored(Self.color(level)), x: x, y: y) + 1
        var text = event.kind.rawValue
        if let code = event.exitCode, event.kind == .crashed || code != 0 { text += " (exit code \(code))" }
        if event.kind == .statusChanged, let new = event.newStatus { text += " \(event.oldStatus ?? "?") \(look.arrow) \(new)" }
        if withName {
            let limit = max(8, model.width - x - 2 - min(Glyph.width(of: text), 24))
            x += canvas.put("\(event.namespace)/\(event.process)", .bold, x: x, y: y, limit: limit) + 1
        }
        canvas.put(text, .colored(level == .info ? nil : Self.color(level)), x: x, y: y, limit: model.width - 1 - x)
    }

    static func color(_ level: ProcessEvent.Level) -> CellStyle.Color? {
        switch level {
        case .debug: nil
        case .info: .blue
        case .warning: .yellow
        case .error: .red
        }
    }
}

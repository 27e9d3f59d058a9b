// Draws the details of a process or an alert, and the help.

import ArgusShared

extension TopScreen {
    mutating func draw(_ details: TopDetails) {
        var y = TopLayout.top
        switch details.subject {
        case .process(let id): y = drawProperties(of: id, from: y)
        case .alert(let alert): y = drawProperties(of: model.alerts[alert.id] ?? alert, isActive: model.alerts[alert.id] != nil, from: y)
        }
        let rows = model.height - 2 - y
        guard rows > 0 else { return }
        switch details.content {
        case .loading: drawBar(" loading ", .dim, y: y)
        case .failed(let reason):
            drawBar(" not available ", CellStyle(color: .yellow, isBold: true), y: y)
            drawWrapped(reason, from: y + 1, rows: rows)
        case .lines(let lines, let title):
            let end = lines.count - min(details.scroll, max(0, lines.count - rows))
            let above = details.scroll > 0 ? " \(lines.count - end) more below " : ""
            drawBar(" \(title) \(above.isEmpty ? "" : "·\(above)")", .bold, y: y)
            for (row, line) in lines[max(0, end - rows)..<end].enumerated() {
                canvas.put(PlainText.of(line), x: 1, y: y + 1 + row, limit: model.width - 2)
            }
            if lines.isEmpty { canvas.put("empty", .dim, x: 2, y: y + 1) }
        }
    }

    private mutating func drawWrapped(_ text: String, from y: Int, rows: Int) {
        var line = ""
        var row = 0
        for word in text.split(separator: " ") {
            if !line.isEmpty, Glyph.width(of: line) + 1 + Glyph.width(of: word) > model.width - 3 {
                guard row < rows else { return }
                canvas.put(line, x: 1, y: y + row)
                row += 1
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if row < rows { canvas.put(line, x: 1, y: y + row, limit: model.width - 2) }
    }

    /// Draws names and values one after the other, as many to a line as there is room for; returns the line after.
    private mutating func drawProperties(_ properties: [(name: String, value: String, color: CellStyle.Color?)], from y: Int) -> Int {
        var y = y
        var x = 1
        for property in properties where !property.value.isEmpty {
            let width = Glyph.width(of: property.name) + 1 + Glyph.width(of: property.value)
            if x > 1, x + width > model.width - 1 {
                y += 1
                x = 1
            }
            guard y < model.height - 2 else { return y }
            x += canvas.put(property.name + " ", .dim, x: x, y: y)
            x += canvas.put(property.value, .colored(property.color), x: x, y: y, limit: model.width - 1 - x) + 3
        }
        return y + 1
    }

    private mutating func drawProperties(of id: TopProcess.ID, from y: Int) -> Int {
        drawBar(" \(id.text) ", CellStyle(color: .cyan, isBold: true).reversed, y: y)
        guard let process = model.processes[id] else {
            canvas.put("is no longer there", .colored(.yellow), x: 1, y: y + 1)
            return y + 2
        }
        let state = process.state
        var next = drawProperties(
            [
                ("status", state.status, Self.color(process.condition)),
                ("health", state.readiness == .unknown ? "-" : state.readiness.rawValue, state.readiness == .notReady ? .yellow : nil),
                ("restarts", "\(state.restarts)", state.restarts > 0 ? .yellow : nil),
                ("exit code", process.isAlive && state.restarts == 0 ? "" : "\(state.exitCode)", nil),
                ("pid", state.pid > 0 ? "\(state.pid)" : "", nil),
                ("uptime", process.uptime(at: now).map { span(since: now.adding(milliseconds: -$0)) } ?? "", nil),
                ("cpu", process.isAlive ? "\((state.cpu * 10).rounded() / 10)%" : "", nil),
                ("memory", process.isAlive ? ByteCount.text(state.memory) : "", nil),
            ], from: y + 1)
        let room = min(4, (model.height - 2 - next) / 3)
        let recent = model.events.reversed().lazy.filter { TopProcess.ID($0.event.state) == id }.prefix(max(0, room))
        for event in recent {
            draw(event.event, y: next, withName: false)
            next += 1
        }
        return next
    }

    private mutating func drawProperties(of alert: TopAlert, isActive: Bool, from y: Int) -> Int {
        drawBar(" \(alert.summary) ", CellStyle(color: .cyan, isBold: true).reversed, y: y)
        let acknowledged = alert.isAcknowledged ? "acknowledged" + (alert.acknowledgedBy.map { " by \($0)" } ?? "") : ""
        let children = alert.childCount > 0 ? "\(alert.activeChildCount) of \(alert.childCount) active" : ""
        return drawProperties(
            [
                ("key", alert.key, nil), ("manager", alert.manager, nil),
                ("status", isActive ? "active" : "resolved", isActive ? .yellow : .green),
                ("severity", alert.severity.rawValue, Self.color(alert.severity)), ("children", children, nil),
                ("parent", alert.parentID.flatMap { model.alerts[$0]?.key } ?? "", nil), ("events", "\(alert.eventCount)", nil),
                ("since", span(since: alert.createdAt), nil), ("by", acknowledged, .green),
            ], from: y + 1)
    }

    // MARK: Help

    mutating func drawHelp() {
        drawBar(" Keys ", .bold, y: TopLayout.top)
        let keys = [
            ("arrows pgup pgdn home end", "move; also j k g G"), ("tab, 1 2 3", "the next list; processes, alerts, events"),
            ("enter", "details: log of a process, timeline of an alert"), ("esc, q", "back; q ends the dashboard"),
            ("/", "show only what contains these words; esc clears"), ("o", "order: name, condition, cpu, memory, restarts"),
            ("r, s", "restart or stop the process, after asking"), ("a, x", "acknowledge the alert; resolve it, after asking"),
            ("space", "fold or unfold a parent's children"), ("ctrl-l, ctrl-z, ctrl-c", "draw anew, suspend, end"),
        ]
        let width = min(28, model.width / 2)
        for (row, (key, meaning)) in keys.prefix(max(0, layout.body - 1)).enumerated() {
            canvas.put(key, .bold, x: 1, y: TopLayout.top + 1 + row, limit: width - 1)
            canvas.put(meaning, x: 1 + width, y: TopLayout.top + 1 + row, limit: model.width - 2 - width)
        }
    }
}

// A process event on one line: `09:53:31.123 i default/caddy started`.

import ArgusShared

/// How an event is shown to people.
enum ProcessEventLine {
    static func text(_ event: ProcessEvent, _ output: Output) -> String {
        let style = output.style
        let level = event.kind.severity
        var line = "\(style.paint(output.clock(event.timestamp), .dim)) \(style.icon(level)) "
        line += style.paint(Table.printable("\(event.namespace)/\(event.process)"), .bold)
        line += " " + style.paint(event.kind.rawValue, level == .info ? nil : style.color(level))
        let details = details(of: event, style)
        if !details.isEmpty { line += " (" + details.joined(separator: ", ") + ")" }
        return line
    }

    private static func details(of event: ProcessEvent, _ style: Style) -> [String] {
        var details: [String] = []
        if let code = event.exitCode, event.kind == .crashed || code != 0 { details.append("exit code \(code)") }
        if let restarts = event.restarts { details.append("restarts \(restarts)") }
        if event.kind == .statusChanged, let new = event.newStatus {
            details.append(Table.printable("\(event.oldStatus ?? "?") \(style.arrow) \(new)"))
        }
        return details
    }
}

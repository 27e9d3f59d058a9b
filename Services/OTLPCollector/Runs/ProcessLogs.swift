// Changes of processes as logs of the processes.

import ArgusOTLP
import ArgusShared

/// Makes a log record of a change of a process, in the service that is named like the process.
enum ProcessLogs {
    /// The export request with the record.
    static func request(_ event: ProcessEvent) -> [UInt8] {
        let resource = OTLPResource(attributes: [
            Attribute("service.name", event.process), Attribute("service.namespace", event.namespace),
        ])
        return OTLPLogs.request(resource: resource, scope: OTLPScope(name: "argus.processes"), records: [record(event)])
    }

    private static func record(_ event: ProcessEvent) -> OTLPLogRecord {
        let time = UInt64(clamping: event.timestamp.milliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue)
        let (number, text): (Int32, String) =
            switch event.kind.severity {
            case .debug: (5, "DEBUG")
            case .info: (9, "INFO")
            case .warning: (13, "WARN")
            case .error: (17, "ERROR")
            }
        var record = OTLPLogRecord(
            time: time, observedTime: time, severityNumber: number, severityText: text, body: .string(body(of: event)))
        record.eventName = "process.\(event.kind.rawValue)"
        record.attributes = attributes(of: event)
        return record
    }

    /// A sentence for people, such as `default/caddy crashed with exit code 1`.
    static func body(of event: ProcessEvent) -> String {
        let name = "\(event.namespace)/\(event.process)"
        switch event.kind {
        case .started: return "\(name) started"
        case .stopped: return "\(name) stopped" + (event.exitCode.map { " with exit code \($0)" } ?? "")
        case .crashed: return "\(name) crashed" + (event.exitCode.map { " with exit code \($0)" } ?? "")
        case .restarted: return "\(name) restarted" + (event.restarts.map { " (restart \($0))" } ?? "")
        case .healthy: return "\(name) is healthy"
        case .unhealthy: return "\(name) is unhealthy"
        case .statusChanged:
            guard let old = event.oldStatus, let new = event.newStatus else { return "\(name) is \(event.state.status)" }
            return "\(name) changed from \(old) to \(new)"
        }
    }

    private static func attributes(of event: ProcessEvent) -> [Attribute] {
        let state = event.state
        var attributes = [
            Attribute("process.name", event.process), Attribute("process.namespace", event.namespace),
            Attribute("process.event", event.kind.rawValue), Attribute("process.status", state.status),
            Attribute("process.restarts", .int(state.restarts)),
        ]
        if state.pid > 0 { attributes.append(Attribute("process.pid", .int(state.pid))) }
        if let code = event.exitCode { attributes.append(Attribute("process.exit.code", .int(code))) }
        if let old = event.oldStatus { attributes.append(Attribute("process.old_status", old)) }
        if let new = event.newStatus { attributes.append(Attribute("process.new_status", new)) }
        if state.hasReadinessProbe { attributes.append(Attribute("process.readiness", state.readiness.rawValue)) }
        return attributes
    }
}

// The bodies of answers about processes.

import ArgusShared

/// Writes what the routes of processes answer with.
enum ProcessBodies {
    /// All processes.
    static func overview(_ overview: ProcessMirror.Overview) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + overview.processes.count * 1500)
        writer.object { writer in
            writer.array("processes", overview.processes) { writer, process in writer.object { $0.members(of: process) } }
            writer.bool("watched", overview.isWatched)
            if let since = overview.staleSince {
                writer.timestamp("stale_since", Timestamp(milliseconds: since))
            }
        }
        return writer.bytes
    }

    /// What became of a command.
    static func status(_ status: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { $0.string("status", status) }
        return writer.bytes
    }

    /// A page of changes.
    static func events(_ page: (entries: [EventHistory.Entry], hasMore: Bool), of query: ProcessEventQuery) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + page.entries.reduce(0) { $0 + $1.json.count + 32 })
        writer.object { writer in
            writer.time("from", query.range.start)
            writer.time("to", query.range.end)
            writer.array("events", page.entries) { writer, entry in writer.event(entry.json, sequence: entry.sequence) }
            writer.string("next_cursor", page.hasMore ? page.entries.last.map { query.next(after: $0) } : nil)
        }
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func members(of process: ProcessMirror.Process) {
        let state = process.row.state
        string("namespace", state.namespace)
        string("name", state.name)
        string("instance", process.row.instance.map { $0.isEmpty ? "default" : $0 })
        string("status", state.status)
        string("is_ready", state.readiness.rawValue)
        bool("has_ready_probe", state.hasReadinessProbe)
        bool("is_running", state.isRunning)
        integer("restarts", state.restarts)
        integer("exit_code", state.exitCode)
        integer("pid", state.pid)
        number("cpu", state.cpu)
        integer("mem", state.memory)
        key("uptime_ms")
        if let uptime = process.uptime { integer(uptime) } else { null() }
        key("updated_at")
        timestamp(Timestamp(milliseconds: process.row.updated))
        object("events") { writer in
            writer.array("crashed", process.crashed) { $0.integer($1) }
            writer.array("restarted", process.restarted) { $0.integer($1) }
        }
        key("last_event")
        if let last = process.lastEvent { event(last.json, sequence: last.sequence) } else { null() }
    }

    /// A change with its place in the stream.
    fileprivate mutating func event(_ json: [UInt8], sequence: UInt64?) {
        guard let sequence else { return raw(json) }
        raw(json.dropLast() + Array(",\"sequence\":\(sequence)}".utf8))
    }
}

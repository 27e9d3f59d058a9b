// Counts of what happened to each process.

import ArgusShared

/// Events of a time, counted per process.
struct ProcessHistory: Sendable {
    /// What happened to one process.
    struct Entry: Sendable, Hashable {
        var namespace: String
        var name: String
        var events = 0
        var crashes = 0
        var restarts = 0
        var unhealthy = 0
        var last: ProcessEvent
    }

    private struct Key: Hashable {
        let namespace: String
        let name: String
    }

    private var byProcess: [Key: Entry] = [:]

    /// Counts one more event; they come in their order.
    mutating func add(_ event: ProcessEvent) {
        let key = Key(namespace: event.namespace, name: event.process)
        var entry = byProcess[key] ?? Entry(namespace: event.namespace, name: event.process, last: event)
        entry.events += 1
        switch event.kind {
        case .crashed: entry.crashes += 1
        case .restarted: entry.restarts += 1
        case .unhealthy: entry.unhealthy += 1
        default: break
        }
        entry.last = event
        byProcess[key] = entry
    }

    /// Every process, those with most crashes first.
    var entries: [Entry] {
        byProcess.values.sorted { left, right in
            (right.crashes, right.restarts, left.namespace, left.name) < (left.crashes, left.restarts, right.namespace, right.name)
        }
    }

    /// The counts for people.
    func table(_ output: Output) -> Table {
        var table = Table("PROCESS", "CRASHES", "RESTARTS", "UNHEALTHY", "EVENTS", "LAST")
        for entry in entries {
            table.add(
                "\(entry.namespace)/\(entry.name)", .init("\(entry.crashes)", entry.crashes > 0 ? .red : nil), "\(entry.restarts)",
                .init("\(entry.unhealthy)", entry.unhealthy > 0 ? .yellow : nil), "\(entry.events)",
                "\(entry.last.kind.rawValue) \(output.dateAndClock(entry.last.timestamp))")
        }
        return table
    }

    /// The counts for programs.
    func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for entry in entries {
            writer.beginObject()
            writer.string("namespace", entry.namespace)
            writer.string("process", entry.name)
            writer.integer("crashes", entry.crashes)
            writer.integer("restarts", entry.restarts)
            writer.integer("unhealthy", entry.unhealthy)
            writer.integer("events", entry.events)
            writer.raw("last", entry.last.json)
            writer.endObject()
        }
        writer.endArray()
    }
}

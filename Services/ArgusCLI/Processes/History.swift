// `argus history`: what happened to processes, and how often.

import ArgumentParser
import ArgusBus
import ArgusShared

/// Reads the stream of process events.
struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What happened to processes: their last events, and counts of crashes and restarts.",
        discussion: """
            Examples:
              argus history                              the last 24 hours, as long as the bus keeps events by default
              argus history --since 2h --type crashed
              argus history --process nats --last 200
              argus history --counts --json

            Counts are of all events chosen, also of those before the ones that --last shows. A process that the bus has never heard of is \
            an error (exit code 5), one to which nothing happened is none.
            """)

    @OptionGroup var selection: ProcessSelection
    @Option(help: ArgumentHelp("How far to look back: 90s, 5m, 1h30m, 2d, ... (all that is kept)", valueName: "span"))
    var since: TimeSpan?
    @Option(help: ArgumentHelp("How many events to show at most, the newest.", valueName: "count"))
    var last = 50
    @Flag(help: "Only counts per process, no events.")
    var counts = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (0...100_000).contains(last) else { throw ValidationError("--last must be from 0 to 100000.") }
    }

    func run() async throws {
        let output = global.output
        var history = ProcessHistory()
        var events: [ProcessEvent] = []
        var known: KnownProcesses?
        let start = since?.before() ?? Timestamp(milliseconds: 0)
        try await global.withBus { bus in
            try await ProcessSelection.explaining {
                for try await event in selection.events(on: bus, since: start, follows: false) where selection.includes(event) {
                    history.add(event)
                    guard !counts, last > 0 else { continue }
                    events.append(event)
                    if events.count >= 2 * last { events.removeFirst(events.count - last) }
                }
                if selection.process != nil, history.entries.isEmpty { known = try await KnownProcesses.read(bus) }
            }
        }
        guard let known, let process = selection.process else { return try show(events.suffix(last), history, output) }
        if output.isJSON { try show([], history, output) }
        try explain(process, known, output)
    }

    /// Says why there is nothing about `process`: nothing happened to it, or there is no such process, which is no success.
    private func explain(_ process: ProcessName, _ known: KnownProcesses, _ output: Output) throws {
        let window = since.map { "in the last \(TimeSpan.text(milliseconds: $0.milliseconds))" }
        guard let last = known.last(of: process) else {
            let scope = window.map { ", neither \($0) nor before" } ?? ""
            throw CommandLineError(.notFound, "there is no event of a process \"\(process)\"\(scope); the bus knows \(known.names)")
        }
        let what = selection.type.isEmpty ? "nothing" : "no event of type " + selection.type.map(\.rawValue).joined(separator: " or ")
        let name = Table.printable("\(last.namespace)/\(last.process)")
        let end = "its last event: \(last.kind.rawValue) at \(output.dateAndClock(last.timestamp))"
        try output.note("argus: \(what) happened to \(name) \(window ?? "as far back as the bus keeps events"); \(end)")
    }

    private func show(_ events: ArraySlice<ProcessEvent>, _ history: ProcessHistory, _ output: Output) throws {
        guard !output.isJSON else {
            var writer = JSONWriter(capacity: 256 + events.count * 512)
            writer.beginObject()
            writer.key("processes")
            history.write(to: &writer)
            if !counts {
                writer.key("events")
                writer.beginArray()
                for event in events { writer.raw(event.json) }
                writer.endArray()
            }
            writer.endObject()
            return try output.json(writer.bytes)
        }
        var day = ""
        for event in events {
            let date = String(output.dateAndClock(event.timestamp).prefix(10))
            if date != day {
                try output.line(output.style.paint(date, .dim))
                day = date
            }
            try output.line(ProcessEventLine.text(event, output))
        }
        if !events.isEmpty { try output.line() }
        try output.table(history.table(output), empty: "No such events are kept on the bus.")
    }
}

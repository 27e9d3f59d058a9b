// `argus watch`: what happens to processes, as it happens.

import ArgumentParser
import ArgusBus
import ArgusShared

/// Prints process events until interrupted.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what happens to processes, as it happens.",
        discussion: """
            Examples:
              argus watch
              argus watch --process default/pocketbase --since 1h
              argus watch --type crashed --type unhealthy --json

            A line holds local time, severity (. debug, i info, ! warning, x error), process and event:
              09:53:31.123 i default/caddy started

            Ctrl-C ends it, with exit code 130. A lost connection is taken up again, without missing an event.
            """)

    @OptionGroup var selection: ProcessSelection
    @Option(help: ArgumentHelp("First show what happened in the last 90s, 5m, 1h30m, 2d, ...", valueName: "span"))
    var since: TimeSpan?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        try await Interruption.following {
            try await global.withBus { bus in
                let notes = ConnectionNotes(bus, output)
                defer { notes.end() }
                try await ProcessSelection.explaining {
                    for try await event in selection.events(on: bus, since: since?.before(), follows: true)
                    where selection.includes(event) {
                        if output.isJSON { try output.json(event.json) } else { try output.line(ProcessEventLine.text(event, output)) }
                    }
                }
            }
        }
    }
}

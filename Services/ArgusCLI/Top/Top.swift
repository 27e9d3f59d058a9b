// `argus top`: processes, alerts and rates on one screen, live.

import ArgumentParser
import ArgusBus
import ArgusShared
import Glibc

/// The dashboard, or one look at what it would show.
struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Processes, alerts and rates on one screen, live.",
        discussion: """
            Examples:
              argus top
              argus top --compose-port 28081 --url http://127.0.0.1:8080
              argus top --once                 one look, as text
              argus top --once --json          one look, for programs

            Keys: arrows move, tab goes to the next list, enter opens details with the last log lines, / filters, r and s restart and stop \
            a process after asking, a and x acknowledge and resolve an alert, ? shows all keys, q ends.

            Processes are read from the bus, where process-adapter reports them, and restarted through process-compose; \
            alerts are read from alert-api and the bus.
            """)

    @Flag(help: "Print what there is to see once, and end. Without a terminal there is nothing else.")
    var once = false
    @Option(help: ArgumentHelp("Who acknowledges and resolves (USER).", valueName: "name"))
    var by: String?
    @OptionGroup(title: "process-compose") var compose: ComposeOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        if once || global.json { return try await TopSnapshot(global: global).run() }
        let surroundings = Surroundings.current
        guard surroundings.isTerminal, Terminal.current.isThere else {
            throw CommandLineError(
                .usage, "top draws on a terminal, and standard input or output is none; for a single look: argus top --once (--json)")
        }
        guard let name = surroundings["TERM"], name != "dumb" else {
            throw CommandLineError(
                .usage, "top needs a terminal that can move its cursor, and TERM names none; for a single look: argus top --once")
        }
        let edge = try global.edge
        let compose = try compose.client(surroundings)
        let output = global.output
        let address = try global.bus.configuration().servers.joined(separator: ",")
        try await Interruption.lasting {
            try await global.withBus { bus in
                let look = TopLook(isASCII: !output.style.hasSymbols) { output.clock($0) }
                let calls = TopCalls(bus: bus, edge: edge, compose: compose, user: by ?? surroundings["USER"])
                let encoder = FrameEncoder(isColored: output.style.isColored)
                try await TopSession(address: address, look: look, encoder: encoder, bus: bus, edge: edge, calls: calls).run()
            }
        }
    }
}

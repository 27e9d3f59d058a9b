// The process that a command acts on.

import ArgumentParser
import ArgusBus
import ArgusShared
import ProcessCompose

/// A process by its name, and the process-compose that has it.
struct ProcessTarget: ParsableArguments {
    @Argument(help: ArgumentHelp("The process.", valueName: "[namespace/]name"))
    var process: ProcessName

    @OptionGroup(title: "process-compose") var compose: ComposeOptions

    private static let patience = Duration.seconds(2)

    /// The process's state.
    func find() async throws -> ProcessState {
        try await find { process.matches($0) ? $0 : nil }
    }

    /// What `choose` makes of the first state that it knows.
    func find<Choice>(_ choose: (ProcessState) -> Choice?) async throws -> Choice {
        let states = try await compose.client().processes().map(\.state)
        guard let choice = states.lazy.compactMap(choose).first else {
            let similar = states.map { "\($0.namespace)/\($0.name)" }.sorted().prefix(20).joined(separator: ", ")
            throw CommandLineError(
                .notFound, "process-compose has no process \"\(process)\"; it has \(similar.isEmpty ? "none" : similar)")
        }
        return choice
    }

    /// Says on the bus that the process is about to end on purpose. Best effort: a bus that is away must not keep a process running.
    func announce(_ state: ProcessState, _ global: GlobalOptions) async {
        do {
            var configuration = try global.bus.configuration()
            configuration.connectTimeout = Self.patience
            let bus = try await Bus.connect(configuration, logger: GlobalOptions.silentLogger)
            try await Self.announce(ProcessIntent(namespace: state.namespace, name: state.name), on: bus)
            await bus.drain(timeout: Self.patience)
        } catch {
            if Task.isCancelled { return }
            try? global.output.note("argus: the intent could not be announced on the event bus; the end may be reported as a crash")
        }
    }

    /// Says on the bus that a process is about to end on purpose; returns when the bus has it.
    static func announce(_ intent: ProcessIntent, on bus: Bus) async throws(BusError) {
        try bus.send(intent.json, to: Subjects.processIntents)
        try await bus.flush(timeout: patience)
    }

    /// Prints what was done.
    func report(_ action: String, _ state: ProcessState, _ output: Output) throws {
        if output.isJSON {
            let members: [JSONValue.Member] = [
                .init("namespace", .string(state.namespace)), .init("process", .string(state.name)), .init("action", .string(action)),
            ]
            return try output.json(.object(members))
        }
        try output.line("\(action) \(state.namespace)/\(state.name)")
    }
}

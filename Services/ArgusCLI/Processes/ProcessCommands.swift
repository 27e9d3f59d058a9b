// `argus process`: list, start, stop, restart and scale processes through process-compose.

import ArgumentParser
import ArgusShared
import ProcessCompose

/// The commands about processes.
struct ProcessCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "List, start, stop, restart and scale processes through process-compose.",
        discussion: """
            Examples:
              argus process list
              argus process restart default/pocketbase
              argus process scale worker 3 --compose-port 28081

            Before a stop or a restart, the intent is announced on the event bus, so that the end of the process counts as no crash. \
            If the bus is away, the process is stopped all the same.
            """,
        subcommands: [ListProcesses.self, StartProcess.self, StopProcess.self, RestartProcess.self, ScaleProcess.self],
        defaultSubcommand: ListProcesses.self)
}

/// `argus process list`.
struct ListProcesses: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Every process and its state.")

    @OptionGroup(title: "process-compose") var compose: ComposeOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        let processes = try await compose.client().processes().sorted {
            ($0.state.namespace, $0.state.name) < ($1.state.namespace, $1.state.name)
        }
        if output.isJSON {
            let items = processes.map { ProcessSample.Process(state: $0.state, age: $0.age) }
            return try output.json(ProcessSample(instance: "", at: .now(), processes: items).json)
        }
        var table = Table("PROCESS", "STATUS", "HEALTH", "RESTARTS", "EXIT", "PID", "AGE", "CPU", "MEMORY")
        for process in processes {
            let state = process.state
            table.add(
                "\(state.namespace)/\(state.name)", .init(state.status, Self.color(process)), "\(state.readiness.rawValue)",
                "\(state.restarts)", process.isAlive ? "-" : "\(state.exitCode)", state.pid > 0 ? "\(state.pid)" : "-",
                process.isAlive ? "\(TimeSpan.text(milliseconds: Int64(process.age / .milliseconds(1))))" : "-",
                "\((state.cpu * 10).rounded() / 10)%", "\(ByteCount.text(state.memory))")
        }
        try output.table(table, empty: "process-compose has no processes.")
    }

    private static func color(_ process: ObservedProcess) -> Style.Color? {
        if process.isAlive { return .green }
        if process.state.status == ProcessStatus.restarting { return .yellow }
        return ProcessStatus.ended.contains(process.state.status) && !process.endedWell ? .red : nil
    }
}

/// `argus process start`.
struct StartProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start a process that does not run.")

    @OptionGroup var target: ProcessTarget
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let state = try await target.find()
        try await target.compose.client().start(state.name)
        try target.report("started", state, global.output)
    }
}

/// `argus process stop`.
struct StopProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop a process that runs.")

    @OptionGroup var target: ProcessTarget
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let state = try await target.find()
        await target.announce(state, global)
        try await target.compose.client().stop(state.name)
        try target.report("stopped", state, global.output)
    }
}

/// `argus process restart`.
struct RestartProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "restart", abstract: "Stop a process if it runs, and start it.")

    @OptionGroup var target: ProcessTarget
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let state = try await target.find()
        await target.announce(state, global)
        try await target.compose.client().restart(state.name)
        try target.report("restarted", state, global.output)
    }
}

/// `argus process scale`.
struct ScaleProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Change the number of a process's replicas.",
        discussion: "Replicas are called NAME-0, NAME-1 and so on; NAME is enough here.")

    @OptionGroup var target: ProcessTarget
    @Argument(help: "How many there shall be.")
    var count: Int
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("The number of replicas must be from 1 to 1000.") }
    }

    func run() async throws {
        let client = try target.compose.client()
        let name = try await target.find { target.process.scaled($0) }
        try await client.scale(name, to: count)
        let output = global.output
        if output.isJSON {
            return try output.json(
                .object([
                    .init("process", .string(name)), .init("action", .string("scaled")),
                    .init("replicas", .integer(Int64(count))),
                ]))
        }
        try output.line("scaled \(name) to \(count)")
    }
}

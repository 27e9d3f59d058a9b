// `argus dlq`: telemetry that waits for the database, or that it will never take.

import ArgumentParser
import ArgusShared

/// The commands about otlp-collector's dead letters.
struct DeadLetterCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "List, replay and delete telemetry that could not be stored.",
        discussion: """
            Examples:
              argus dlq list
              argus dlq replay --all
              argus dlq delete FILE

            Files that wait are stored by themselves once the database is back. Files set aside hold what it will never take.
            """,
        subcommands: [ListDeadLetters.self, ReplayDeadLetters.self, DeleteDeadLetters.self],
        defaultSubcommand: ListDeadLetters.self)

    static let path = "/api/dlq"

    static func pages(_ global: GlobalOptions) throws -> Pages {
        Pages(edge: try global.edge, target: .collector, path: path, key: "files", next: (answer: "next", query: "after"))
    }
}

/// `argus dlq list`.
struct ListDeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Every file, the oldest first.")

    @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
    var limit = 1000
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000000.") }
    }

    func run() async throws {
        let found = try await DeadLetterCommands.pages(global).items(limit: limit)
        let output = global.output
        if output.isJSON { return try output.json(.object([.init("files", .array(found.items)), .init("total", found.total)])) }
        var table = Table("ID", "STATE", "KIND", "CREATED", "ITEMS", "SIZE", "REASON")
        for file in found.items {
            table.add(
                "\(file["id"]?.stringValue ?? "")", "\(file["state"]?.stringValue ?? "")", "\(file["kind"]?.stringValue ?? "?")",
                "\(output.dateAndClock(rfc3339: file["created"]?.stringValue))", "\(file["items"]?.integerValue.map(String.init) ?? "?")",
                "\(ByteCount.text(file["bytes"]?.integerValue ?? 0))", "\(file["reason"]?.stringValue ?? "")")
        }
        try output.table(table, empty: "No dead letters.")
    }
}

/// `argus dlq replay`.
struct ReplayDeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "replay", abstract: "Try to store files now.")

    @OptionGroup var files: DeadLetterFiles
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        try await files.each(global) { edge, id in
            let path = "\(DeadLetterCommands.path)/\(EdgeClient.escape(id))/replay"
            let answer = try await edge.call(.post, .collector, path, timeout: .seconds(120))
            if output.isJSON { return try output.json(answer) }
            let stored = answer["stored"]?.integerValue ?? 0
            try output.line("\(id): \(stored) stored, \(answer["duplicates"]?.integerValue ?? 0) were stored before")
        }
    }
}

/// `argus dlq delete`.
struct DeleteDeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete files. What they hold is lost.")

    @OptionGroup var files: DeadLetterFiles
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        try await files.each(global) { edge, id in
            _ = try await edge.call(.delete, .collector, "\(DeadLetterCommands.path)/\(EdgeClient.escape(id))")
            try output.deleted(id)
        }
    }
}

/// Files by their identifiers, or all.
struct DeadLetterFiles: ParsableArguments {
    @Argument(help: ArgumentHelp("The files.", valueName: "id"))
    var ids: [Named] = []
    @Flag(help: "All files there are.")
    var all = false

    func validate() throws {
        guard all != !ids.isEmpty else { throw ValidationError("Name files, or say --all.") }
    }

    /// Does something with each; the first failure is thrown once all were tried.
    func each(_ global: GlobalOptions, _ body: (EdgeClient, String) async throws -> Void) async throws {
        let edge = try global.edge
        let names =
            all
            ? try await DeadLetterCommands.pages(global).items(limit: 1_000_000).items.compactMap { $0["id"]?.stringValue }
            : ids.map(\.description)
        if names.isEmpty, !global.json { try global.output.line("No dead letters.") }
        var failures: [CommandLineError] = []
        for id in names {
            do {
                try await body(edge, id)
            } catch let error as CommandLineError where names.count > 1 && error.status != .unreachable {
                try global.output.note("argus: \(id): \(error.message)")
                failures.append(error)
            }
        }
        guard let first = failures.first else { return }
        throw CommandLineError(first.status, "\(failures.count) of \(names.count) files failed")
    }
}

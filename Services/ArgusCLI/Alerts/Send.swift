// `argus send`: send an event through ingest-gateway.

import ArgumentParser
import ArgusShared

/// The commands that send events.
struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send an alert event: trigger, resolve or acknowledge.",
        discussion: """
            Examples:
              argus send trigger --manager payments --severity high --class infrastructure --key server-1:cpu "High CPU on server-1"
              argus send resolve --manager payments --key server-1:cpu
              argus send acknowledge --manager payments --key server-1:cpu
            """,
        subcommands: [SendTrigger.self, SendResolve.self, SendAcknowledge.self])

    static let path = "/v1/events"

    /// Posts an event and prints the answer.
    static func post(_ members: [JSONValue.Member], _ global: GlobalOptions) async throws {
        let answer = try await global.edge.call(.post, .gateway, path, body: .object(members))
        let output = global.output
        if output.isJSON { return try output.json(answer) }
        try output.line("accepted: \(Table.printable(answer["dedupKey"]?.stringValue ?? ""))")
    }
}

/// `argus send trigger`.
struct SendTrigger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "trigger", abstract: "Say that something is wrong.")

    enum Severity: String, ExpressibleByArgument, CaseIterable {
        case high, medium, low
    }

    @Argument(help: "What is wrong, in a sentence.")
    var summary: String
    @Option(help: ArgumentHelp("The event manager.", valueName: "id"))
    var manager: Named
    @Option(help: "How bad it is.")
    var severity = Severity.medium
    @Option(name: .customLong("class"), help: "What kind of thing it is.")
    var eventClass: String
    @Option(help: ArgumentHelp("The dedup key; one is made if there is none.", valueName: "dedup-key"))
    var key: String?
    @Option(help: "Where it was seen.")
    var source: String?
    @Option(help: "What part it is.")
    var component: String?
    @Option(help: ArgumentHelp("More about it: a JSON object.", valueName: "json"))
    var details: String?
    @Option(name: .customLong("link"), help: ArgumentHelp("An address to read on; repeatable.", valueName: "url"))
    var links: [String] = []
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var members: [JSONValue.Member] = [
            .init("event_manager_id", .string(manager.description)), .init("action", .string("trigger")),
            .init("summary", .string(summary)),
            .init("severity", .string(severity.rawValue)), .init("class", .string(eventClass)),
        ]
        for (name, value) in [("dedupKey", key), ("source", source), ("component", component)] {
            if let value { members.append(.init(name, .string(value))) }
        }
        if let details { members.append(.init("details", try Self.object(details))) }
        if !links.isEmpty {
            members.append(.init("links", .array(links.map { .object([.init("href", .string($0))]) })))
        }
        try await Send.post(members, global)
    }

    private static func object(_ text: String) throws -> JSONValue {
        do {
            let value = try JSONValue(parsing: Array(text.utf8))
            if case .object = value { return value }
        } catch {
            throw CommandLineError(.usage, "--details is not JSON: \(error)")
        }
        throw CommandLineError(.usage, "--details must be a JSON object, such as {\"disk\":\"sda\"}")
    }
}

/// `argus send resolve`.
struct SendResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resolve", abstract: "Say that it is over.")

    @OptionGroup var target: EventTarget
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let members: [JSONValue.Member] = [
            .init("event_manager_id", .string(target.manager.description)), .init("action", .string("resolve")),
            .init("dedupKey", .string(target.key.description)),
        ]
        try await Send.post(members, global)
    }
}

/// `argus send acknowledge`, by PagerDuty's API, which is the gateway's one for that.
struct SendAcknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge", abstract: "Say that somebody takes care of it.",
        discussion: "The manager's routing key is asked of alert-api unless --routing-key gives it.", aliases: ["ack"])

    @OptionGroup var target: EventTarget
    @Option(help: "The event manager's routing key.")
    var routingKey: String?
    @Option(help: ArgumentHelp("Who does it (USER).", valueName: "name"))
    var by: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let edge = try global.edge
        var members: [JSONValue.Member] = [
            .init("routing_key", .string(try await findRoutingKey(edge))), .init("event_action", .string("acknowledge")),
            .init("dedup_key", .string(target.key.description)),
        ]
        if let who = by ?? Surroundings.current["USER"] { members.append(.init("client", .string(who))) }
        let answer = try await edge.call(.post, .gateway, "/v2/enqueue", body: .object(members))
        let output = global.output
        if output.isJSON { return try output.json(answer) }
        try output.line("accepted: \(Table.printable(target.key.description))")
    }

    private func findRoutingKey(_ edge: EdgeClient) async throws -> String {
        if let routingKey { return routingKey }
        let manager = try await edge.call(.get, .api, "\(ManagerCommands.path)/\(EdgeClient.escape(target.manager.description))")
        guard let key = manager["routing_key"]?.stringValue, key != "hidden" else {
            throw CommandLineError(.refused, "alert-api shows routing keys to administrators only; give --routing-key")
        }
        return key
    }
}

/// The alert that an event is about.
struct EventTarget: ParsableArguments {
    @Option(help: ArgumentHelp("The event manager.", valueName: "id"))
    var manager: Named
    @Option(help: ArgumentHelp("The dedup key.", valueName: "dedup-key"))
    var key: Named
}

// `argus managers`: event managers.

import ArgumentParser
import ArgusShared

/// The commands about event managers.
struct ManagerCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "managers",
        abstract: "List, show, create and delete event managers.",
        discussion: """
            Examples:
              argus managers list
              argus managers create "Payment Team" --id payments --rule by-class --webhook https://example.org/hook
              argus managers delete payments --force
            """,
        subcommands: [ListManagers.self, ShowManager.self, CreateManager.self, DeleteManager.self],
        defaultSubcommand: ListManagers.self)

    static let path = "/v1/event-managers"

    static func description(_ manager: JSONValue, _ output: Output) -> [(String, String?)] {
        let notification = manager["notification_config"]
        return [
            ("id", manager["id"]?.stringValue), ("name", manager["name"]?.stringValue),
            ("description", manager["description"]?.stringValue), ("rule", manager["grouping_rule_id"]?.stringValue),
            ("webhook", notification?["webhook_url"]?.stringValue), ("format", notification?["format"]?.stringValue),
            ("routing key", manager["routing_key"]?.stringValue),
            ("created", output.dateAndClock(rfc3339: manager["created_at"]?.stringValue)),
            ("updated", output.dateAndClock(rfc3339: manager["updated_at"]?.stringValue)),
        ]
    }
}

/// `argus managers list`.
struct ListManagers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Every event manager.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let pages = Pages(edge: try global.edge, target: .api, path: ManagerCommands.path, key: "event_managers")
        let found = try await pages.items(limit: 1_000_000)
        let output = global.output
        if output.isJSON { return try output.json(.object([.init("event_managers", .array(found.items)), .init("total", found.total)])) }
        var table = Table("ID", "NAME", "RULE", "WEBHOOK")
        for manager in found.items {
            table.add(
                "\(manager["id"]?.stringValue ?? "")", "\(manager["name"]?.stringValue ?? "")",
                "\(manager["grouping_rule_id"]?.stringValue ?? "-")",
                "\(manager["notification_config"]?["webhook_url"]?.stringValue ?? "-")")
        }
        try output.table(table, empty: "No event managers; create one: argus managers create NAME")
    }
}

/// `argus managers show`.
struct ShowManager: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "One event manager.")

    @Argument(help: "The event manager.")
    var id: Named
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let manager = try await global.edge.call(.get, .api, "\(ManagerCommands.path)/\(EdgeClient.escape(id.description))")
        try global.output.entity(manager, ManagerCommands.description(manager, global.output))
    }
}

/// `argus managers create`.
struct CreateManager: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create an event manager.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case argus, alertmanager
    }

    @Argument(help: "Its name for people.")
    var name: String
    @Option(help: "Its identifier; one is made if there is none.")
    var id: String?
    @Option(help: "More about it.")
    var description: String?
    @Option(help: ArgumentHelp("The grouping rule.", valueName: "id"))
    var rule: String?
    @Option(help: ArgumentHelp("Where notifications go.", valueName: "url"))
    var webhook: String?
    @Option(help: "The form of notifications.")
    var format = Format.argus
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var members: [JSONValue.Member] = [.init("name", .string(name))]
        for (field, value) in [("id", id), ("description", description), ("grouping_rule_id", rule)] {
            if let value { members.append(.init(field, .string(value))) }
        }
        if let webhook {
            let notification: [JSONValue.Member] = [.init("webhook_url", .string(webhook)), .init("format", .string(format.rawValue))]
            members.append(.init("notification_config", .object(notification)))
        }
        let manager = try await global.edge.call(.post, .api, ManagerCommands.path, body: .object(members))
        try global.output.entity(manager, ManagerCommands.description(manager, global.output))
    }
}

/// `argus managers delete`.
struct DeleteManager: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete an event manager.")

    @Argument(help: "The event manager.")
    var id: Named
    @Flag(help: "Also if it has active alerts, which are resolved.")
    var force = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let path = "\(ManagerCommands.path)/\(EdgeClient.escape(id.description))"
        _ = try await global.edge.call(.delete, .api, path, query: [("force", force ? "true" : nil)])
        try global.output.deleted(id.description)
    }
}

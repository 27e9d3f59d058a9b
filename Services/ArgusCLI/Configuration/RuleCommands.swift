// `argus rules`: grouping rules.

import ArgumentParser
import ArgusShared

/// The commands about grouping rules.
struct RuleCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "List, show, create and delete grouping rules.",
        discussion: """
            Examples:
              argus rules list
              argus rules create "Group by class" --key class --window 30
              argus rules create "By host" --id by-host --key details.host --key component --window 10

            A rule groups the alerts of a manager that agree in all its keys: class, severity, source, component, summary or details.PATH.
            """,
        subcommands: [ListRules.self, ShowRule.self, CreateRule.self, DeleteRule.self],
        defaultSubcommand: ListRules.self)

    static let path = "/v1/grouping-rules"

    static func keys(_ rule: JSONValue) -> String {
        let value = rule["grouping_key"]
        return value?.stringValue ?? value?.arrayValue?.compactMap(\.stringValue).joined(separator: ", ") ?? ""
    }

    static func description(_ rule: JSONValue, _ output: Output) -> [(String, String?)] {
        [
            ("id", rule["id"]?.stringValue), ("name", rule["name"]?.stringValue), ("keys", keys(rule)),
            ("window", rule["time_window_minutes"]?.integerValue.map { "\($0) minutes" }),
            ("missing", rule["group_missing"]?.boolValue.map { $0 ? "grouped" : "not grouped" }),
            ("created", output.dateAndClock(rfc3339: rule["created_at"]?.stringValue)),
            ("updated", output.dateAndClock(rfc3339: rule["updated_at"]?.stringValue)),
        ]
    }
}

/// `argus rules list`.
struct ListRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Every grouping rule.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let pages = Pages(edge: try global.edge, target: .api, path: RuleCommands.path, key: "grouping_rules")
        let found = try await pages.items(limit: 1_000_000)
        let output = global.output
        if output.isJSON { return try output.json(.object([.init("grouping_rules", .array(found.items)), .init("total", found.total)])) }
        var table = Table("ID", "NAME", "KEYS", "WINDOW")
        for rule in found.items {
            table.add(
                "\(rule["id"]?.stringValue ?? "")", "\(rule["name"]?.stringValue ?? "")", "\(RuleCommands.keys(rule))",
                "\(rule["time_window_minutes"]?.integerValue ?? 0)m")
        }
        try output.table(table, empty: "No grouping rules; create one: argus rules create NAME --key class --window 30")
    }
}

/// `argus rules show`.
struct ShowRule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "One grouping rule.")

    @Argument(help: "The grouping rule.")
    var id: Named
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let rule = try await global.edge.call(.get, .api, "\(RuleCommands.path)/\(EdgeClient.escape(id.description))")
        try global.output.entity(rule, RuleCommands.description(rule, global.output))
    }
}

/// `argus rules create`.
struct CreateRule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create a grouping rule.")

    @Argument(help: "Its name for people.")
    var name: String
    @Option(help: "Its identifier; one is made if there is none.")
    var id: String?
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "A field that must agree; repeatable: class, severity, source, component, summary or details.PATH.", valueName: "field"),
        completion: .list(["class", "severity", "source", "component", "summary", "details."]), transform: field)
    var keys: [String]
    @Option(help: ArgumentHelp("How long a group takes members: 1 to \(windows.upperBound) (a week).", valueName: "minutes"))
    var window: Int
    @Flag(help: "Group alerts that lack the field, too.")
    var groupMissing = false
    @OptionGroup var global: GlobalOptions

    private static let windows = 1...10_080

    private static func field(_ text: String) throws -> String {
        guard GroupingKey(text) != nil else {
            throw ValidationError("\"\(text)\" is no field; there are class, severity, source, component, summary and details.PATH.")
        }
        return text
    }

    func validate() throws {
        guard Self.windows.contains(window) else {
            throw ValidationError("--window must be from \(Self.windows.lowerBound) to \(Self.windows.upperBound) minutes.")
        }
    }

    func run() async throws {
        var members: [JSONValue.Member] = [
            .init("name", .string(name)), .init("time_window_minutes", .integer(Int64(window))),
            .init("group_missing", .bool(groupMissing)),
            .init("grouping_key", keys.count == 1 ? .string(keys[0]) : .array(keys.map { .string($0) })),
        ]
        if let id { members.append(.init("id", .string(id))) }
        let rule = try await global.edge.call(.post, .api, RuleCommands.path, body: .object(members))
        try global.output.entity(rule, RuleCommands.description(rule, global.output))
    }
}

/// `argus rules delete`.
struct DeleteRule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a grouping rule that no manager uses.")

    @Argument(help: "The grouping rule.")
    var id: Named
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        _ = try await global.edge.call(.delete, .api, "\(RuleCommands.path)/\(EdgeClient.escape(id.description))")
        try global.output.deleted(id.description)
    }
}

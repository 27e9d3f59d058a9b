// `argus alerts`: list, show, acknowledge and resolve alerts.

import ArgumentParser
import ArgusShared

/// The commands about alerts.
struct AlertCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "List, show, acknowledge and resolve alerts.",
        discussion: """
            Examples:
              argus alerts list --status active --severity high,medium --sort -severity
              argus alerts show server-1:cpu
              argus alerts acknowledge server-1:cpu server-2:cpu --by ana
              argus alerts resolve server-1:cpu --manager payments
            """,
        subcommands: [ListAlerts.self, ShowAlert.self, AcknowledgeAlerts.self, ResolveAlerts.self],
        defaultSubcommand: ListAlerts.self)

    static let path = "/v1/alerts"
}

/// `argus alerts list`.
struct ListAlerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Alerts, the newest first.")

    @Option(help: "Only active or only resolved ones.")
    var status: Choices<Alert.Status>?
    @Option(help: "Only of this severity; several with commas.")
    var severity: Choices<Severity>?
    @Option(help: "Only parents or only children.")
    var type: Choices<Alert.Kind>?
    @Option(name: .customLong("class"), help: "Only of this class.")
    var alertClass: String?
    @Option(help: ArgumentHelp("Only of this event manager.", valueName: "id"))
    var manager: Named?
    @Option(name: [.customShort("q"), .customLong("query")], help: "Only with this text in the summary.")
    var query: String?
    @Option(help: ArgumentHelp("Only changed in the last 90s, 5m, 1h30m, 2d, ...", valueName: "span"))
    var since: TimeSpan?
    @Option(parsing: .unconditional, help: ArgumentHelp("By what to sort; - before it for descending.", valueName: "key"))
    var sort: AlertOrder?
    @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
    var limit = 100
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000000.") }
    }

    func run() async throws {
        let pages = Pages(
            edge: try global.edge, target: .api, path: AlertCommands.path, key: "alerts",
            query: [
                ("status", status?.text), ("severity", severity?.text), ("type", type?.text), ("class", alertClass),
                ("event_manager_id", manager?.description), ("q", query), ("since", since?.before().rfc3339), ("sort", sort?.text),
            ])
        let found = try await pages.items(limit: limit)
        let output = global.output
        if output.isJSON { return try output.json(.object([.init("alerts", .array(found.items)), .init("total", found.total)])) }
        try output.table(AlertText.table(found.items, output), empty: "No alerts.")
        if let total = found.total.integerValue, total > found.items.count {
            try output.line("\(found.items.count) of \(total); see more with --limit.")
        }
    }
}

/// `argus alerts show`.
struct ShowAlert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One alert: what it is, why, its children, and every transition.")

    @OptionGroup var alert: AlertKey
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let edge = try global.edge
        let output = global.output
        let path = AlertCommands.path + "/" + EdgeClient.escape(alert.dedupKey.description)
        let found = try await edge.call(.get, .api, path, query: alert.query)
        let why = try await edge.call(.get, .api, path + "/why", query: alert.query)
        let children = try await Pages(edge: edge, target: .api, path: path + "/children", key: "alerts", query: alert.query)
            .items(limit: 1000).items
        let transitions = try await Pages(edge: edge, target: .api, path: path + "/timeline", key: "transitions", query: alert.query)
            .items(limit: 1000).items
        if output.isJSON {
            let members: [JSONValue.Member] = [
                .init("alert", found), .init("why", why), .init("children", .array(children)), .init("transitions", .array(transitions)),
            ]
            return try output.json(.object(members))
        }
        for line in AlertText.description(found, why: why, output) { try output.line(line) }
        if !children.isEmpty {
            try output.line()
            try output.table(AlertText.table(children, output), empty: "")
        }
        try output.line()
        for transition in transitions { try output.line(AlertText.transition(transition, output)) }
    }
}

/// An alert by its dedup key.
struct AlertKey: ParsableArguments {
    @Argument(help: ArgumentHelp("The alert.", valueName: "dedup-key"))
    var dedupKey: Named
    @Option(help: ArgumentHelp("Its event manager, if several have such an alert.", valueName: "id"))
    var manager: Named?

    var query: [(String, String?)] { [("event_manager_id", manager?.description)] }
}

/// `argus alerts acknowledge`.
struct AcknowledgeAlerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge", abstract: "Say that somebody takes care of alerts.", aliases: ["ack"])

    @OptionGroup var action: AlertAction
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await action.perform("acknowledge", global)
    }
}

/// `argus alerts resolve`.
struct ResolveAlerts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Resolve alerts. A parent resolves once its last child has.")

    @OptionGroup var action: AlertAction
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await action.perform("resolve", global)
    }
}

/// Something that is done to alerts.
struct AlertAction: ParsableArguments {
    @Argument(help: ArgumentHelp("The alerts.", valueName: "dedup-key"))
    var dedupKeys: [Named]
    @Option(help: ArgumentHelp("Their event manager, if several have such an alert.", valueName: "id"))
    var manager: Named?
    @Option(help: ArgumentHelp("Who does it (USER).", valueName: "name"))
    var by: String?

    func perform(_ action: String, _ global: GlobalOptions) async throws {
        let edge = try global.edge
        let output = global.output
        let who = by ?? Surroundings.current["USER"]
        for key in dedupKeys.map(\.description) {
            let answer = try await Self.post(action, key, manager: manager?.description, by: who, edge)
            if output.isJSON { try output.json(answer) } else { try output.line("\(action): \(Table.printable(key)) (accepted)") }
        }
    }

    /// Has alert-api do it to one alert; returns its answer.
    @discardableResult
    static func post(_ action: String, _ key: String, manager: String?, by who: String?, _ edge: EdgeClient) async throws -> JSONValue {
        let body = JSONValue.object(who.map { [.init("by", .string($0))] } ?? [])
        let path = "\(AlertCommands.path)/\(EdgeClient.escape(key))/\(action)"
        return try await edge.call(.post, .api, path, query: [("event_manager_id", manager)], body: body)
    }
}

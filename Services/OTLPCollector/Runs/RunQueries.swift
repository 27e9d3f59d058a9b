// Answers questions about runs and workflows.

import ArgusStorage

/// The questions about runs. Each is one read transaction.
struct RunQueries: Sendable {
    /// Of a run with more attempts, the first ones are answered.
    static let maximumSteps = 10_000
    /// Statistics are made of so many of the newest runs of the range.
    static let maximumRuns = 200_000

    let database: any Database

    struct Page: Sendable {
        var runs: [RunRow] = []
        var next: PageCursor?
    }

    struct Run: Sendable {
        var row: RunRow
        /// By begin.
        var steps: [StepRow]
        var isTruncated: Bool
    }

    enum Answer: Sendable {
        case none
        case one(Run)
        /// Runs of several clients or workflows have that identifier.
        case several([RunIdentity])
    }

    private static let columns = RunRow.columns.joined(separator: ", ")

    // MARK: Runs

    /// The page of a list that `query` asks for.
    func list(_ query: RunQuery) async throws -> Page {
        try await database.read { connection in
            var (condition, parameters) = Self.condition(query.range, query.client, query.workflow)
            if let run = query.run {
                condition += " AND run = ?"
                parameters.append(.text(run))
            }
            if !query.statuses.isEmpty {
                condition += " AND status IN (\(query.statuses.map { _ in "?" }.joined(separator: ", ")))"
                parameters += query.statuses.map { .text($0.rawValue) }
            }
            if let cursor = query.cursor {
                condition += " AND (began_at, id) \(query.isDescending ? "<" : ">") (?, ?)"
                parameters += [.integer(cursor.rank), .integer(cursor.id)]
            }
            let direction = query.isDescending ? "DESC" : "ASC"
            let rows = try connection.query(
                "SELECT \(Self.columns) FROM runs WHERE \(condition) ORDER BY began_at \(direction), id \(direction) LIMIT ?",
                parameters + [.integer(Int64(query.limit + 1))], RunRow.init)
            var page = Page(runs: Array(rows.prefix(query.limit)))
            if rows.count > query.limit, let last = page.runs.last {
                page.next = PageCursor(rank: last.facts.began, id: last.id, range: query.range)
            }
            return page
        }
    }

    /// The run with an identifier, within a client and a workflow if they are named.
    func run(_ id: String, client: String?, workflow: String?) async throws -> Answer {
        try await database.read { connection in
            var condition = "run = ?"
            var parameters: [SQLValue] = [.text(id)]
            if let client {
                condition += " AND client = ?"
                parameters.append(.text(client))
            }
            if let workflow {
                condition += " AND workflow = ?"
                parameters.append(.text(workflow))
            }
            let rows = try connection.query(
                "SELECT \(Self.columns) FROM runs WHERE \(condition) ORDER BY id DESC LIMIT 20", parameters, RunRow.init)
            guard let row = rows.first else { return .none }
            guard rows.count == 1 else { return .several(rows.map(\.facts.identity)) }
            var steps = try connection.query(
                "SELECT \(StepRow.columns.joined(separator: ", ")) FROM run_steps WHERE run_ref = ? "
                    + "ORDER BY node, attempt LIMIT \(Self.maximumSteps + 1)", [.integer(row.id)], StepRow.init)
            let isTruncated = steps.count > Self.maximumSteps
            if isTruncated { steps.removeLast() }
            steps.sort { ($0.facts.began, $0.facts.node, $0.facts.attempt) < ($1.facts.began, $1.facts.node, $1.facts.attempt) }
            return .one(Run(row: row, steps: steps, isTruncated: isTruncated))
        }
    }

    // MARK: Workflows

    /// Statistics of the workflows that ran in the range or were ever published.
    func workflows(_ query: WorkflowQuery) async throws -> (workflows: [WorkflowStatistics], isTruncated: Bool) {
        try await database.read { connection in
            let (condition, parameters) = Self.condition(query.range, query.client, query.workflow)
            let runs = try connection.query(
                "SELECT client, workflow, run, status, began_at, duration_ms FROM runs WHERE \(condition) "
                    + "ORDER BY began_at DESC, id DESC LIMIT \(Self.maximumRuns + 1)", parameters
            ) { row in
                WorkflowStatistics.Run(
                    name: .init(client: try row.text(0), workflow: try row.text(1)), run: try row.text(2),
                    status: RunStatus(rawValue: try row.text(3)) ?? .failed, began: try row.integer(4),
                    duration: try row.optionalInteger(5))
            }
            let (named, names) = Self.names(query.client, query.workflow)
            let published = try connection.query(
                "SELECT client, workflow, name, version, action, status, published_at FROM workflows\(named) "
                    + "ORDER BY client, workflow LIMIT 10000", names
            ) { row in
                WorkflowStatistics.Publication(
                    workflow: .init(client: try row.text(0), workflow: try row.text(1)), name: try row.optionalText(2),
                    version: try row.optionalText(3), action: try row.optionalText(4), status: try row.optionalText(5),
                    time: try row.integer(6))
            }
            let considered = runs.prefix(Self.maximumRuns)
            return (WorkflowStatistics.of(considered, published), runs.count > Self.maximumRuns)
        }
    }

    private static func condition(_ range: TimeRange, _ client: String?, _ workflow: String?) -> (String, [SQLValue]) {
        let (start, end) = range.milliseconds
        let (named, names) = names(client, workflow, lead: " AND ")
        return ("began_at >= ? AND began_at < ?" + named, [.integer(start), .integer(end)] + names)
    }

    private static func names(_ client: String?, _ workflow: String?, lead: String = " WHERE ") -> (String, [SQLValue]) {
        let pairs = [("client", client), ("workflow", workflow)].compactMap { column, value in value.map { (column, $0) } }
        guard !pairs.isEmpty else { return ("", []) }
        return (lead + pairs.map { "\($0.0) = ?" }.joined(separator: " AND "), pairs.map { .text($0.1) })
    }
}

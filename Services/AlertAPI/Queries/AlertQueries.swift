// Answers questions about alerts from the database.

import ArgusShared
import ArgusStorage

/// The questions that the API asks. Each is one read transaction.
struct AlertQueries: Sendable {
    /// A list counts matches of text and time exactly up to here.
    static let countLimit = 10_000
    /// So many rows are sorted rather than looked for in order.
    private static let sortLimit = 5_000

    let database: any Database

    /// A page of a list.
    struct Page: Sendable {
        var alerts: [Alert]
        /// How many match, in all pages.
        var total: Int
        /// False: there are more than `total`.
        var isTotalExact = true
        var next: PageCursor?
    }

    /// One transition of an alert.
    struct TimelineItem: Sendable {
        var version: Int64
        var position: Int64
        var transition: Transition
    }

    // MARK: Lists

    /// The page of a list that `query` asks for.
    func list(_ query: ListQuery) async throws -> Page {
        if query.filter.text != nil, let page = try await search(query) { return page }
        async let total = total(of: query)
        let page = try await database.read { connection in try Self.page(query, connection) }
        let (count, isExact) = try await total
        return Page(alerts: page.alerts, total: count, isTotalExact: isExact, next: page.next)
    }

    /// The page of a list that is searched for a text, if there are few matches: one look at every candidate finds page and total.
    private func search(_ query: ListQuery) async throws -> Page? {
        try await database.read { connection in
            let filter = query.filter
            let counts = try Self.counts(managerID: filter.managerID, class: filter.class, connection)
            let facets = filter.facets.filter { counts[$0] != nil }
            guard !facets.isEmpty else { return Page(alerts: [], total: 0) }
            let candidates = facets.reduce(0) { $0 + counts[$1, default: 0] }
            var statement = ListStatement(filter: filter, sort: query.sort, dialect: connection.dialect)
            statement.driver = Self.countDriver(filter, bound: candidates)
            if statement.driver == .facet {
                // Rows found through an index are read in another order than they lie in: that pays for a part of the table only.
                let all = try Self.counts(managerID: nil, class: nil, connection).values.reduce(0, +)
                if candidates * 5 > all { statement.driver = .none }
            }
            let (sql, parameters) = statement.matches(facets: facets, limit: Self.countLimit + 1)
            var found = try connection.query(sql, parameters) { row in
                PageCursor(rank: AlertFacet(rawValue: try row.integer(1)).severityRank, time: try row.integer(2), id: try row.text(0))
            }
            guard found.count <= Self.countLimit else { return nil }
            let total = found.count
            found.sort { query.sort.places($0, before: $1) }
            if let cursor = query.cursor { found.removeAll { !query.sort.places(cursor, before: $0) } }
            let page = Array(found.prefix(query.limit))
            return Page(
                alerts: try Self.alerts(withIDs: page.map(\.id), connection), total: total,
                next: found.count > query.limit ? page.last : nil)
        }
    }

    private func total(of query: ListQuery) async throws -> (count: Int, isExact: Bool) {
        try await database.read { connection in
            let filter = query.filter
            let counts = try Self.counts(managerID: filter.managerID, class: filter.class, connection)
            let facets = filter.facets.filter { counts[$0] != nil }
            let upperBound = facets.reduce(0) { $0 + counts[$1, default: 0] }
            guard filter.text != nil || filter.since != nil || filter.until != nil else { return (upperBound, true) }
            guard !facets.isEmpty else { return (0, true) }
            // A text with fewer matches has been answered by a search.
            guard filter.text == nil else { return (Self.countLimit, false) }
            var statement = ListStatement(filter: filter, sort: query.sort, dialect: connection.dialect)
            statement.driver = Self.countDriver(filter, bound: upperBound)
            let (sql, parameters) = statement.count(facets: facets, limit: Self.countLimit + 1)
            let count = try connection.first(sql, parameters) { Int(try $0.integer(0)) } ?? 0
            return count > Self.countLimit ? (Self.countLimit, false) : (count, true)
        }
    }

    private static func countDriver(_ filter: AlertFilter, bound: Int) -> ListStatement.Driver {
        if filter.managerID != nil, bound <= sortLimit || (filter.since == nil && filter.until == nil) { return .manager }
        if filter.class != nil, bound <= sortLimit || (filter.since == nil && filter.until == nil) { return .class }
        return filter.since != nil || filter.until != nil ? .update : .facet
    }

    private static func page(_ query: ListQuery, _ connection: any SQLConnection) throws -> (alerts: [Alert], next: PageCursor?) {
        let filter = query.filter
        let counts = try counts(managerID: filter.managerID, class: filter.class, connection)
        let facets = filter.facets.filter { counts[$0] != nil }
        guard !facets.isEmpty else { return ([], nil) }
        var statement = ListStatement(filter: filter, sort: query.sort, dialect: connection.dialect)
        statement.driver = try driver(for: query, facets: facets, connection)
        let (sql, parameters) = statement.page(facets: facets, after: query.cursor, limit: query.limit + 1)
        guard !sql.isEmpty else { return ([], nil) }
        var found = try connection.query(sql, parameters) { row in
            PageCursor(rank: AlertFacet(rawValue: try row.integer(1)).severityRank, time: try row.integer(2), id: try row.text(0))
        }
        var next: PageCursor?
        if found.count > query.limit {
            found.removeLast()
            next = found.last
        }
        return (try alerts(withIDs: found.map(\.id), connection), next)
    }

    /// Which index finds the page soonest.
    private static func driver(
        for query: ListQuery, facets: [AlertFacet], _ connection: any SQLConnection
    ) throws -> ListStatement.Driver {
        let filter = query.filter
        func size(managerID: String? = nil, class: String? = nil) throws -> Int {
            let counts = try counts(managerID: managerID, class: `class`, connection)
            return facets.reduce(0) { $0 + counts[$1, default: 0] }
        }
        var narrow: (driver: ListStatement.Driver, size: Int)?
        if let managerID = filter.managerID { narrow = (.manager, try size(managerID: managerID)) }
        if let value = filter.class {
            let size = try size(class: value)
            if size < narrow?.size ?? .max { narrow = (.class, size) }
        }
        if let narrow, narrow.size <= sortLimit { return narrow.driver }
        if query.sort.key == .updatedAt { return .update }
        if filter.since != nil || filter.until != nil {
            var range = AlertFilter()
            range.since = filter.since
            range.until = filter.until
            var statement = ListStatement(filter: range, sort: query.sort, dialect: connection.dialect)
            statement.driver = .update
            let (sql, parameters) = statement.count(facets: facets, limit: sortLimit + 1)
            let matches = try connection.first(sql, parameters) { Int(try $0.integer(0)) } ?? 0
            if matches <= sortLimit { return .update }
        }
        return narrow?.driver ?? .facet
    }

    /// How many alerts there are by facet; facets without any are absent.
    static func counts(managerID: String?, class: String?, _ connection: any SQLConnection) throws -> [AlertFacet: Int] {
        var conditions: [String] = []
        var parameters: [SQLValue] = []
        if let managerID {
            conditions.append("event_manager_id = ?")
            parameters.append(.text(managerID))
        }
        if let `class` {
            conditions.append("class = ?")
            parameters.append(.text(`class`))
        }
        let condition = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        // PostgreSQL sums BIGINT to NUMERIC.
        let rows = try connection.query(
            "SELECT facet, CAST(SUM(n) AS \(connection.dialect.bigint)) FROM alert_counts\(condition) GROUP BY facet", parameters
        ) { (AlertFacet(rawValue: try $0.integer(0)), Int(try $0.integer(1))) }
        return Dictionary(rows.filter { $0.1 > 0 }, uniquingKeysWith: +)
    }

    /// Whole alerts in the order of `ids`; those that are gone are left out.
    static func alerts(withIDs ids: [String], _ connection: any SQLConnection) throws -> [Alert] {
        var alerts: [String: Alert] = [:]
        try CommitWriter.forEachChunk(of: ids, size: ids.count <= 10 ? 10 : 100) { placeholders, parameters in
            let found = try connection.query(
                "SELECT \(AlertRow.selection) FROM \(AlertRow.tables) WHERE a.id IN (\(placeholders))", parameters, AlertRow.read)
            for alert in found { alerts[alert.id] = alert }
        }
        return ids.compactMap { alerts[$0] }
    }

    // MARK: One alert

    /// The newest alert of a dedup key of each manager that has one, by manager.
    func newest(dedupKey: String, managerID: String?) async throws -> [Alert] {
        try await database.read { connection in
            let condition = managerID == nil ? "" : " AND event_manager_id = ?"
            let parameters = [.text(dedupKey)] + (managerID.map { [SQLValue.text($0)] } ?? [])
            let ids = try connection.query(
                "SELECT id, event_manager_id FROM alerts WHERE dedup_key = ?\(condition) "
                    + "ORDER BY event_manager_id, created_at DESC, ordinal DESC LIMIT 10000", parameters
            ) { (id: try $0.text(0), managerID: try $0.text(1)) }
            var seen: Set<String> = []
            return try Self.alerts(withIDs: ids.filter { seen.insert($0.managerID).inserted }.map(\.id), connection)
        }
    }

    /// An alert by its identifier.
    func alert(id: String) async throws -> Alert? {
        try await database.read { connection in try Self.alerts(withIDs: [id], connection).first }
    }

    /// A page of the alerts whose parent is `parentID`, oldest first.
    func children(of parentID: String, status: Alert.Status? = nil, after cursor: PageCursor?, limit: Int) async throws -> Page {
        try await database.read { connection in
            let facet =
                switch status {
                case nil: ""
                case .active: " AND facet >= 6"
                case .resolved: " AND facet < 6"
                }
            let total =
                try connection.first("SELECT count(*) FROM alerts WHERE parent_id = ?\(facet)", [.text(parentID)]) {
                    Int(try $0.integer(0))
                } ?? 0
            var condition = "parent_id = ?\(facet)"
            var parameters: [SQLValue] = [.text(parentID)]
            if let cursor {
                condition += " AND (created_at, id) > (?, ?)"
                parameters += [.integer(cursor.time), .text(cursor.id)]
            }
            parameters.append(.integer(Int64(limit + 1)))
            var found = try connection.query(
                "SELECT id, created_at FROM alerts WHERE \(condition) ORDER BY created_at, id LIMIT ?", parameters
            ) { PageCursor(time: try $0.integer(1), id: try $0.text(0)) }
            var next: PageCursor?
            if found.count > limit {
                found.removeLast()
                next = found.last
            }
            return Page(alerts: try Self.alerts(withIDs: found.map(\.id), connection), total: total, next: next)
        }
    }

    /// A page of an alert's transitions, oldest first, and how many there are in all.
    func timeline(of alertID: String, after cursor: PageCursor?, limit: Int) async throws -> (items: [TimelineItem], total: Int) {
        try await database.read { connection in
            let total =
                try connection.first("SELECT count(*) FROM alert_transitions WHERE alert_id = ?", [.text(alertID)]) {
                    Int(try $0.integer(0))
                } ?? 0
            var condition = "alert_id = ?"
            var parameters: [SQLValue] = [.text(alertID)]
            if let cursor {
                condition += " AND (version, position) > (?, ?)"
                parameters += [.integer(cursor.rank), .integer(cursor.time)]
            }
            parameters.append(.integer(Int64(limit + 1)))
            let items = try connection.query(
                "SELECT version, position, kind, at, event_id, caused_by, note FROM alert_transitions "
                    + "WHERE \(condition) ORDER BY version, position LIMIT ?", parameters
            ) { row in
                TimelineItem(
                    version: try row.integer(0), position: try row.integer(1),
                    transition: Transition(
                        Transition.Kind(rawValue: try row.text(2)) ?? .updated, at: Timestamp(milliseconds: try row.integer(3)),
                        eventID: try row.text(4), causedBy: try row.optionalText(5), note: try row.optionalText(6)))
            }
            return (items, total)
        }
    }

    /// The stream sequence of the newest notification about an alert.
    func notifiedSequence(ofAlert id: String) async throws -> UInt64? {
        try await database.read { connection in
            try connection.first("SELECT notified_sequence FROM alerts WHERE id = ?", [.text(id)]) {
                try $0.optionalInteger(0).map { UInt64(clamping: $0) }
            } ?? nil
        }
    }

    // MARK: Managers

    /// How many active alerts a manager has.
    func activeCount(managerID: String) async throws -> Int {
        try await database.read { connection in
            try Self.counts(managerID: managerID, class: nil, connection).reduce(0) { $0 + ($1.key.status == .active ? $1.value : 0) }
        }
    }

    /// Managers that have active alerts.
    func managersWithActiveAlerts() async throws -> [String] {
        try await database.read { connection in
            try connection.query("SELECT DISTINCT event_manager_id FROM alert_counts WHERE facet >= 6 AND n > 0") { try $0.text(0) }
        }
    }

    /// Dedup keys of a manager's active alerts, children before parents.
    func activeKeys(managerID: String, limit: Int) async throws -> [String] {
        try await database.read { connection in
            var keys: [String] = []
            for kind in [Alert.Kind.child, .parent] where keys.count < limit {
                let facets = AlertFacet.all.filter { $0.status == .active && $0.kind == kind }.map { "\($0.rawValue)" }
                keys += try connection.query(
                    "SELECT dedup_key FROM alerts WHERE event_manager_id = ? AND facet IN (\(facets.joined(separator: ","))) LIMIT ?",
                    [.text(managerID), .integer(Int64(limit - keys.count))]
                ) { try $0.text(0) }
            }
            return keys
        }
    }
}

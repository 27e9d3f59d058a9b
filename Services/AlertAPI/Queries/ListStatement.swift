// The SQL of a page of a list: one ordered run per facet, merged.

import ArgusShared
import ArgusStorage

/// Builds the statements of one list. Only placeholders carry what users wrote.
struct ListStatement {
    /// Which index the runs are read by.
    ///
    /// PostgreSQL has statistics and decides by itself; SQLite is told, by a `+` before the columns that it should not look up.
    enum Driver: Sendable {
        case facet, update, manager, `class`
        /// No index: the whole table from one end to the other.
        case none
    }

    let filter: AlertFilter
    let sort: AlertSort
    let dialect: Dialect
    var driver = Driver.facet

    /// The statement that finds the identifiers of a page, first to last, and its parameters.
    func page(facets: [AlertFacet], after cursor: PageCursor?, limit: Int) -> (sql: String, parameters: [SQLValue]) {
        var runs: [String] = []
        var parameters: [SQLValue] = []
        let direction = sort.isDescending ? "DESC" : "ASC"
        let column = sortColumn
        for facet in facets {
            let position = position(of: facet, after: cursor)
            if case .before = position { continue }
            var condition = conditions(on: [facet], &parameters)
            if case .within(let cursor) = position {
                condition += " AND (\(column), id) \(sort.isDescending ? "<" : ">") (?, ?)"
                parameters += [.integer(cursor.time), .text(cursor.id)]
            }
            let ordering = isOrderedByDriver ? column : hidden(column)
            runs.append(
                "SELECT * FROM (SELECT id, facet, \(column) AS k FROM alerts WHERE \(condition) "
                    + "ORDER BY \(ordering) \(direction), id \(direction) LIMIT ?) AS run\(facet.rawValue)")
            parameters.append(.integer(Int64(limit)))
        }
        guard !runs.isEmpty else { return ("", []) }
        let rank = sort.key == .severity ? "facet % 3 \(direction), " : ""
        parameters.append(.integer(Int64(limit)))
        let sql =
            "SELECT id, facet, k FROM (\(runs.joined(separator: " UNION ALL "))) AS merged "
            + "ORDER BY \(rank)k \(direction), id \(direction) LIMIT ?"
        return (sql, parameters)
    }

    /// The statement that counts matches, up to `limit`.
    func count(facets: [AlertFacet], limit: Int) -> (sql: String, parameters: [SQLValue]) {
        var parameters: [SQLValue] = []
        let condition = conditions(on: facets, &parameters)
        parameters.append(.integer(Int64(limit)))
        return ("SELECT count(*) FROM (SELECT 1 FROM alerts WHERE \(condition) LIMIT ?) AS counted", parameters)
    }

    /// The statement that finds all matches, up to `limit`, in no order, with what they can be ordered by.
    func matches(facets: [AlertFacet], limit: Int) -> (sql: String, parameters: [SQLValue]) {
        var parameters: [SQLValue] = []
        let condition = conditions(on: facets, &parameters)
        parameters.append(.integer(Int64(limit)))
        return ("SELECT id, facet, \(sortColumn) FROM alerts WHERE \(condition) LIMIT ?", parameters)
    }

    private var sortColumn: String { sort.key == .updatedAt ? "updated_at" : "created_at" }

    private var isOrderedByDriver: Bool {
        (sort.key == .updatedAt) == (driver == .update)
    }

    private func conditions(on facets: [AlertFacet], _ parameters: inout [SQLValue]) -> String {
        let values = facets.map { "\($0.rawValue)" }
        let column = driver == .none ? hidden("facet") : "facet"
        var conditions = [facets.count == 1 ? "\(column) = \(values[0])" : "\(column) IN (\(values.joined(separator: ",")))"]
        if let managerID = filter.managerID {
            conditions.append("\(driver == .manager ? "event_manager_id" : hidden("event_manager_id")) = ?")
            parameters.append(.text(managerID))
        }
        if let value = filter.class {
            conditions.append("\(driver == .class ? "class" : hidden("class")) = ?")
            parameters.append(.text(value))
        }
        let updated = driver == .update ? "updated_at" : hidden("updated_at")
        if let since = filter.since {
            conditions.append("\(updated) >= ?")
            parameters.append(.integer(since.milliseconds))
        }
        if let until = filter.until {
            conditions.append("\(updated) < ?")
            parameters.append(.integer(until.milliseconds))
        }
        if let text = filter.text {
            conditions.append("COALESCE(search_text, summary) \(dialect.like) ? ESCAPE '\\'")
            parameters.append(.text(Self.pattern(containing: text)))
        }
        return conditions.joined(separator: " AND ")
    }

    private func hidden(_ column: String) -> String {
        dialect.driver == .sqlite ? "+\(column)" : column
    }

    /// A LIKE pattern for texts that contain `text`, with nothing in it taken for a wildcard.
    static func pattern(containing text: String) -> String {
        var pattern = "%"
        for character in text.lowercased() {
            if character == "%" || character == "_" || character == "\\" { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "%"
    }

    private enum Position {
        /// All of the facet's alerts were on earlier pages.
        case before
        case within(PageCursor)
        /// None of them was.
        case after
    }

    private func position(of facet: AlertFacet, after cursor: PageCursor?) -> Position {
        guard let cursor else { return .after }
        guard sort.key == .severity, facet.severityRank != cursor.rank else { return .within(cursor) }
        return (facet.severityRank > cursor.rank) == sort.isDescending ? .before : .after
    }
}

// Reads the query of a list of alerts, and says what is wrong with it.

import ArgusService
import ArgusShared

/// A checked query of `GET /v1/alerts`.
struct ListQuery: Sendable {
    static let maximumLimit = 1000
    static let defaultLimit = 100
    static let maximumTextLength = 256

    var filter = AlertFilter()
    var sort = AlertSort.standard
    var limit = ListQuery.defaultLimit
    var cursor: PageCursor?

    /// Ties cursors to the list they came from.
    var scope: UInt32 {
        Partitioning.fnv1a(sort.text) ^ filter.fingerprint
    }

    /// Reads the query; throws 400 with the field's name for whatever is unknown or malformed.
    init(_ items: QueryItems) throws {
        let reader = try QueryReader(items, allowed: AlertFilter.parameters + ["sort", "limit", "cursor"])
        filter = try AlertFilter(reader)
        if let text = try reader.single("sort") {
            guard let sort = AlertSort(text) else {
                let keys = AlertSort.Key.allCases.map(\.rawValue).joined(separator: ", ")
                throw QueryReader.malformed("sort", "must be one of \(keys), with - before it for descending order")
            }
            self.sort = sort
        }
        limit = try reader.limit(default: Self.defaultLimit, maximum: Self.maximumLimit)
        if let text = try reader.single("cursor") {
            guard let cursor = PageCursor(text, scope: scope) else {
                throw QueryReader.malformed("cursor", "is not a cursor of this list: pass next_cursor with the same filters and sort")
            }
            self.cursor = cursor
        }
    }
}

extension AlertFilter {
    /// Longer values are none of an alert's.
    private static let maximumBytes = 4096
    /// The parameters a filter is made of.
    static let parameters = ["status", "type", "severity", "class", "event_manager_id", "q", "since", "until"]

    /// Reads the filter's part of a query.
    init(_ reader: QueryReader) throws {
        statuses = try reader.cases("status")
        kinds = try reader.cases("type")
        severities = try reader.cases("severity")
        `class` = try reader.single("class", maximum: Self.maximumBytes)
        managerID = try reader.single("event_manager_id")
        if let text = try reader.single("q", maximum: Self.maximumBytes) {
            guard text.count <= ListQuery.maximumTextLength else {
                throw QueryReader.malformed("q", "must have at most \(ListQuery.maximumTextLength) characters")
            }
            self.text = text
        }
        since = try reader.time("since")
        until = try reader.time("until")
        if let since, let until, since >= until { throw QueryReader.malformed("until", "must be later than since") }
    }
}

extension QueryReader {
    /// The cases that a parameter names, separated by commas.
    func cases<Case: RawRepresentable & CaseIterable & Hashable>(_ name: String) throws -> Set<Case> where Case.RawValue == String {
        guard let text = try single(name) else { return [] }
        return Set(
            try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                guard let value = Case(rawValue: String(part)) else {
                    let names = Case.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Self.malformed(name, "must be one or more of \(names), separated by commas")
                }
                return value
            })
    }

    /// A time in RFC 3339.
    func time(_ name: String) throws -> Timestamp? {
        guard let text = try single(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: QueryReader.restoringPlus(text)) else {
            throw Self.malformed(name, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z")
        }
        return time
    }
}

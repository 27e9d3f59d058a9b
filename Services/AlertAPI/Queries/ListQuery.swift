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
    /// The parameters a filter is made of.
    static let parameters = ["status", "type", "severity", "class", "event_manager_id", "q", "since", "until"]

    /// Reads the filter's part of a query.
    init(_ reader: QueryReader) throws {
        statuses = try reader.cases("status")
        kinds = try reader.cases("type")
        severities = try reader.cases("severity")
        `class` = try reader.single("class")
        managerID = try reader.single("event_manager_id")
        if let text = try reader.single("q") {
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

/// Typed reads of query items.
struct QueryReader {
    private let items: QueryItems

    /// Refuses parameters that are not in `allowed`.
    init(_ items: QueryItems, allowed: [String]) throws {
        if let unknown = items.names.subtracting(allowed).min() {
            let message =
                allowed.isEmpty
                ? "\(unknown) is not a parameter: there are none here"
                : "\(unknown) is not a parameter: there are \(allowed.joined(separator: ", "))"
            throw APIError.badRequest(code: "unknown_parameter", message: message, field: unknown)
        }
        self.items = items
    }

    static func malformed(_ field: String, _ reason: String) -> APIError {
        .badRequest(code: "invalid_parameter", message: "\(field) \(reason)", field: field)
    }

    /// The one value of a parameter; nil where it is absent.
    func single(_ name: String) throws -> String? {
        let values = items.all(name)
        guard let value = values.first else { return nil }
        guard values.count == 1 else { throw Self.malformed(name, "is given more than once") }
        guard !value.isEmpty else { throw Self.malformed(name, "is empty") }
        return value
    }

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
        // A plus sign that was not percent-encoded arrives as a space.
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: Self.restoringPlus(text)) else {
            throw Self.malformed(name, "must be an RFC 3339 time such as 2026-01-31T12:00:00Z")
        }
        return time
    }

    /// A number of items per page.
    func limit(default standard: Int, maximum: Int) throws -> Int {
        guard let text = try single("limit") else { return standard }
        guard let limit = Int(text), (1...maximum).contains(limit) else {
            throw Self.malformed("limit", "must be a whole number from 1 to \(maximum)")
        }
        return limit
    }

    private static func restoringPlus(_ text: String) -> String {
        guard let space = text.lastIndex(of: " ") else { return text }
        return text.replacingCharacters(in: space...space)
    }
}

extension String {
    fileprivate func replacingCharacters(in range: ClosedRange<String.Index>) -> String {
        var copy = self
        copy.replaceSubrange(range, with: "+")
        return copy
    }
}

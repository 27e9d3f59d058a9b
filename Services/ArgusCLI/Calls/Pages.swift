// Lists that come in pages.

import ArgusShared

/// A list of a service.
struct Pages: Sendable {
    private static let pageSize = 1000

    let edge: EdgeClient
    let target: EdgeClient.Target
    let path: String
    /// The member of the answer that holds the items.
    let key: String
    var query: [(String, String?)] = []
    /// The members of the answer and the query that lead on.
    var next = (answer: "next_cursor", query: "cursor")

    /// The first items, up to `limit`, and how many there are in all as the service says it.
    func items(limit: Int) async throws -> (items: [JSONValue], total: JSONValue) {
        var items: [JSONValue] = []
        var total = JSONValue.null
        var cursor: String?
        repeat {
            let size = min(Self.pageSize, limit - items.count)
            let answer = try await edge.call(.get, target, path, query: query + [("limit", "\(size)"), (next.query, cursor)])
            guard let found = answer[key]?.arrayValue else {
                throw CommandLineError(.failure, "\(target.rawValue) answered without \"\(key)\"; is the address right?")
            }
            items += found
            total = answer["total"] ?? .null
            cursor = found.isEmpty ? nil : answer[next.answer]?.stringValue
        } while cursor != nil && items.count < limit
        return (items, total)
    }
}

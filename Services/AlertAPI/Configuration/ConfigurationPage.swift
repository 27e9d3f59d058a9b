// A page of managers or rules.

import ArgusService
import ArgusShared
import Hummingbird

/// `{"<key>":[...],"total":n,"next_cursor":...}`, ordered by identifier.
struct ConfigurationPage<Value> {
    private let values: [Value]
    private let total: Int
    private let next: String?

    private static var scope: UInt32 { Partitioning.fnv1a("configuration") }

    /// The page of `items`, ordered by identifier, that a query's `limit` and `cursor` ask for.
    init(_ query: QueryItems, of items: [(id: String, value: Value)]) throws {
        let reader = try QueryReader(query, allowed: ["limit", "cursor"])
        let limit = try reader.limit(default: 1000, maximum: 1000)
        var rest = items[...]
        if let text = try reader.single("cursor") {
            guard let cursor = PageCursor(text, scope: Self.scope) else {
                throw QueryReader.malformed("cursor", "is not a cursor of this list")
            }
            rest = rest.drop { $0.id <= cursor.id }
        }
        values = rest.prefix(limit).map(\.value)
        next = rest.count > limit ? PageCursor(time: 0, id: rest[rest.startIndex + limit - 1].id).encoded(scope: Self.scope) : nil
        total = items.count
    }

    /// The answer, with each value written by `write`.
    func response(key: String, _ write: (Value, inout JSONWriter) -> Void) -> Response {
        var writer = JSONWriter(capacity: 256 + values.count * 320)
        writer.beginObject()
        writer.key(key)
        writer.beginArray()
        for value in values { write(value, &writer) }
        writer.endArray()
        writer.key("total")
        writer.integer(total)
        writer.key("next_cursor")
        writer.string(next)
        writer.endObject()
        return .json(writer.bytes)
    }
}

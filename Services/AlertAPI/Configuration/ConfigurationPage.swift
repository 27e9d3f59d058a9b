// A page of what is configured.

import ArgusService
import ArgusShared
import Hummingbird

/// `{"<list name>":[...],"total":n,"next_cursor":...}`, ordered by identifier.
struct ConfigurationPage<Value: Configured> {
    private let values: [Value]
    private let total: Int
    private let next: String?

    private static var scope: UInt32 { Partitioning.fnv1a("configuration") }

    /// The page of `items`, ordered by identifier, that a query's `limit` and `cursor` ask for.
    init(_ query: QueryItems, of items: [Value]) throws {
        let reader = try QueryReader(query, allowed: ["limit", "cursor"])
        let limit = try reader.limit(default: 1000, maximum: 1000)
        var rest = items[...]
        if let text = try reader.single("cursor") {
            guard let cursor = PageCursor(text, scope: Self.scope) else {
                throw QueryReader.malformed("cursor", "is not a cursor of this list")
            }
            rest = rest.drop { $0.id <= cursor.id }
        }
        values = Array(rest.prefix(limit))
        next = rest.count > limit ? PageCursor(time: 0, id: rest[rest.startIndex + limit - 1].id).encoded(scope: Self.scope) : nil
        total = items.count
    }

    /// The answer, with each value as `shown` makes it.
    func response(_ shown: (Value) -> Value) -> Response {
        var writer = JSONWriter(capacity: 256 + values.count * 320)
        writer.beginObject()
        writer.key(Value.listName)
        writer.beginArray()
        for value in values { shown(value).write(to: &writer) }
        writer.endArray()
        writer.integer("total", total)
        writer.string("next_cursor", next)
        writer.endObject()
        return .json(writer.bytes)
    }
}

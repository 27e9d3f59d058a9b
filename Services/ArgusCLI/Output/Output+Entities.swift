// One thing with its properties, and that a thing is gone.

import ArgusShared

extension Output {
    /// Prints one thing: as JSON as it is, for people its properties that have a value.
    func entity(_ value: JSONValue, _ properties: [(String, String?)]) throws {
        if isJSON { return try json(value) }
        for case (let name, let text?) in properties where !text.isEmpty {
            let padding = String(repeating: " ", count: max(1, 14 - name.count))
            try line(name + ":" + padding + Table.printable(text))
        }
    }

    /// Tells that `id` was deleted.
    func deleted(_ id: String) throws {
        if isJSON { return try json(.object([.init("id", .string(id)), .init("status", .string("deleted"))])) }
        try line("deleted \(Table.printable(id))")
    }
}

// Finds a value within an event's details without building a tree.

import ArgusShared

/// A way through objects (by name) and arrays (by index).
struct DetailsPath {
    let names: [String]

    /// The text of the value at the end: a string as it is, numbers and truth values as written, objects and arrays as compact JSON; nil
    /// where there is none or `null`.
    func text(in details: RawJSON) -> String? {
        // The text was checked when it came in, so reading it does not fail.
        try? JSONReader.read(details.bytes) { try find(&$0, depth: 0) }
    }

    private func find(_ reader: inout JSONReader, depth: Int) throws -> String? {
        guard depth < names.count else { return try Self.text(of: &reader) }
        let name = names[depth]
        var found: String?
        switch try reader.peek() {
        case .object:
            try reader.readObject { reader, key in
                if key.string == name { found = try find(&reader, depth: depth + 1) } else { try reader.skipValue() }
            }
        case .array:
            let wanted = Int(name)
            try reader.readArray { reader, index in
                if index == wanted { found = try find(&reader, depth: depth + 1) } else { try reader.skipValue() }
            }
        default: try reader.skipValue()
        }
        return found
    }

    private static func text(of reader: inout JSONReader) throws -> String? {
        switch try reader.peek() {
        case .string: try reader.readString()
        case .null: try reader.readNull() ? nil : ""
        default: try reader.readRaw().compacted.string
        }
    }
}

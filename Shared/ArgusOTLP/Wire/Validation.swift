// Checks the messages that the views read lazily.

/// Each function reads a whole message and throws where generated code would. `merges` becomes true where a field of which a message has
/// one occurs again, so that protobuf asks for the union of both (`Merging`).
///
/// `depth` is how many more messages may open within this one.
enum Validation {
    static func attribute(_ message: WireReader, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = message
        var hasValue = false
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case Tag.keyValueKey: _ = try reader.string()
            case Tag.keyValueValue:
                if hasValue { merges = true }
                hasValue = true
                try anyValue(try reader.message(), depth: try nested(depth, reader), merges: &merges)
            default: try reader.skip(tag, depth: depth)
            }
        }
    }

    static func anyValue(_ message: WireReader, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = message
        var kind: UInt32 = 0
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case AnyValueTag.string: _ = try reader.string()
            case AnyValueTag.bool, AnyValueTag.int: _ = try reader.varint()
            case AnyValueTag.double: _ = try reader.fixed64()
            case AnyValueTag.bytes: _ = try reader.bytes()
            case AnyValueTag.array, AnyValueTag.keyValues:
                if kind == tag { merges = true }
                try list(try reader.message(), of: tag, depth: try nested(depth, reader), merges: &merges)
            default:
                try reader.skip(tag, depth: depth)
                continue
            }
            kind = tag
        }
    }

    private static func list(_ message: WireReader, of kind: UInt32, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == Tag.listValues else {
                try reader.skip(tag, depth: depth)
                continue
            }
            let element = try reader.message()
            let inner = try nested(depth, reader)
            if kind == AnyValueTag.array {
                try anyValue(element, depth: inner, merges: &merges)
            } else {
                try attribute(element, depth: inner, merges: &merges)
            }
        }
    }

    static func event(_ message: WireReader, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case EventTag.time: _ = try reader.fixed64()
            case EventTag.name: _ = try reader.string()
            case EventTag.attributes: try attribute(try reader.message(), depth: try nested(depth, reader), merges: &merges)
            case EventTag.droppedAttributes: _ = try reader.varint()
            default: try reader.skip(tag, depth: depth)
            }
        }
    }

    static func link(_ message: WireReader, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case LinkTag.traceID, LinkTag.spanID: _ = try reader.bytes()
            case LinkTag.traceState: _ = try reader.string()
            case LinkTag.attributes: try attribute(try reader.message(), depth: try nested(depth, reader), merges: &merges)
            case LinkTag.droppedAttributes: _ = try reader.varint()
            case LinkTag.flags: _ = try reader.fixed32()
            default: try reader.skip(tag, depth: depth)
            }
        }
    }

    /// The depth within a message at the reader, of a message of `depth`.
    @inline(__always)
    static func nested(_ depth: Int, _ reader: WireReader) throws(WireError) -> Int {
        guard depth > 0 else { throw WireError(.depth, at: reader.position) }
        return depth - 1
    }
}

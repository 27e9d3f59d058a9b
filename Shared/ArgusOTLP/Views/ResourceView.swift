// The resource and the scope of an item, in place.

/// A `ResourceSpans` or `ResourceLogs` without its items; valid as long as the request's bytes are.
public struct ResourceView {
    /// 0, 1, 2 and so on within the request: an equal index is the same resource.
    public internal(set) var index = 0
    /// The resource's attributes.
    public internal(set) var attributes = AttributesView.none
    /// How many more attributes the resource had.
    public internal(set) var droppedAttributesCount: UInt32 = 0
    /// UTF-8 of the schema's URL.
    public internal(set) var schemaURL = UnsafeRawBufferPointer.none

    mutating func read(_ message: WireReader, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = message
        var extent = FieldExtent()
        while !reader.atEnd {
            let start = reader.position
            let tag = try reader.tag()
            switch tag {
            case ResourceTag.attributes:
                try Validation.attribute(try reader.message(), depth: try Validation.nested(depth, reader), merges: &merges)
                extent.add(from: start, to: reader.position)
            case ResourceTag.droppedAttributes: droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(tag, depth: depth)
            }
        }
        attributes = AttributesView(extent, tag: ResourceTag.attributes)
    }
}

/// A `ScopeSpans` or `ScopeLogs` without its items; valid as long as the request's bytes are.
public struct ScopeView {
    /// 0, 1, 2 and so on within the request, over all resources: an equal index is the same scope of the same resource.
    public internal(set) var index = 0
    /// UTF-8 of the scope's name.
    public internal(set) var name = UnsafeRawBufferPointer.none
    /// UTF-8 of the scope's version.
    public internal(set) var version = UnsafeRawBufferPointer.none
    /// The scope's attributes.
    public internal(set) var attributes = AttributesView.none
    /// How many more attributes the scope had.
    public internal(set) var droppedAttributesCount: UInt32 = 0
    /// UTF-8 of the schema's URL.
    public internal(set) var schemaURL = UnsafeRawBufferPointer.none

    mutating func read(_ message: WireReader, depth: Int, merges: inout Bool) throws(WireError) {
        var reader = message
        var extent = FieldExtent()
        while !reader.atEnd {
            let start = reader.position
            let tag = try reader.tag()
            switch tag {
            case ScopeTag.name: name = try reader.string()
            case ScopeTag.version: version = try reader.string()
            case ScopeTag.attributes:
                try Validation.attribute(try reader.message(), depth: try Validation.nested(depth, reader), merges: &merges)
                extent.add(from: start, to: reader.position)
            case ScopeTag.droppedAttributes: droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(tag, depth: depth)
            }
        }
        attributes = AttributesView(extent, tag: ScopeTag.attributes)
    }
}

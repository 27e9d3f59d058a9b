// Goes through the three levels that all OTLP requests share.

/// An item of a request, in place.
protocol RequestItem {
    static var kind: Merging.Kind { get }
    init(_ bytes: UnsafeRawBufferPointer, depth: Int, merges: inout Bool) throws(WireError)
}

extension SpanView: RequestItem {
    static var kind: Merging.Kind { .span }
}

extension LogView: RequestItem {
    static var kind: Merging.Kind { .log }
}

/// Request, resource, scope, item: field numbers are the same for traces, logs and metrics.
struct RequestWalker<Item: RequestItem> {
    typealias Body = (ResourceView, ScopeView, Item) throws -> Void

    /// Whether parts that occur several times are merged before they are shown.
    private let isMerging: Bool
    private var resource = ResourceView()
    private var scope = ScopeView()

    private init(isMerging: Bool) {
        self.isMerging = isMerging
    }

    /// Checks and walks a whole request. Malformed parts are reported once everything before them has been walked.
    static func walk(_ bytes: UnsafeRawBufferPointer, _ body: Body) throws {
        do {
            var walker = RequestWalker(isMerging: true)
            try walker.request(WireReader(bytes), depth: WireReader.depthLimit - 1, body)
        } catch let error as WireError {
            throw error.error(in: bytes)
        }
    }

    /// Checks a whole request. The items are shown where they stand in it, their scalars complete.
    @inline(__always)
    static func check(_ bytes: UnsafeRawBufferPointer, _ body: (Item) -> Void) throws(OTLPError) {
        do {
            var walker = RequestWalker(isMerging: false)
            try walker.request(WireReader(bytes), depth: WireReader.depthLimit - 1) { _, _, item in body(item) }
        } catch let error as WireError {
            throw error.error(in: bytes)
        } catch {
            throw OTLPError(position: 0, reason: "\(error)")
        }
    }

    @inline(__always)
    private mutating func request(_ message: WireReader, depth: Int, _ body: Body) throws {
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == RequestTag.resources else {
                try reader.skip(tag, depth: depth)
                continue
            }
            try resourceItems(try reader.message(), depth: depth - 1, body)
            resource.index += 1
        }
    }

    /// The resource may stand behind its items: it is looked for first.
    @inline(__always)
    private mutating func resourceItems(_ message: WireReader, depth: Int, _ body: Body) throws {
        resource = ResourceView(index: resource.index)
        var merges = false
        var found = 0
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case RequestTag.resource:
                try resource.read(try reader.message(), depth: depth - 1, merges: &merges)
                found += 1
            case RequestTag.scopes: _ = try reader.bytes()
            case RequestTag.schemaURL: resource.schemaURL = try reader.string()
            default: try reader.skip(tag, depth: depth)
            }
        }
        guard isMerging, merges || found > 1 else { return try scopes(of: message, depth: depth, body) }
        let merged = Merging.merged(.resource, fields: RequestTag.resource, of: message)
        try merged.withUnsafeBytes { bytes in
            resource.attributes = .none
            try resource.read(WireReader(bytes), depth: depth - 1, merges: &merges)
            try scopes(of: message, depth: depth, body)
        }
    }

    @inline(__always)
    private mutating func scopes(of message: WireReader, depth: Int, _ body: Body) throws {
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == RequestTag.scopes else {
                try reader.skip(tag, depth: depth)
                continue
            }
            try scopeItems(try reader.message(), depth: depth - 1, body)
            scope.index += 1
        }
    }

    @inline(__always)
    private mutating func scopeItems(_ message: WireReader, depth: Int, _ body: Body) throws {
        scope = ScopeView(index: scope.index)
        var merges = false
        var found = 0
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case RequestTag.scope:
                try scope.read(try reader.message(), depth: depth - 1, merges: &merges)
                found += 1
            case RequestTag.items: _ = try reader.bytes()
            case RequestTag.schemaURL: scope.schemaURL = try reader.string()
            default: try reader.skip(tag, depth: depth)
            }
        }
        guard isMerging, merges || found > 1 else { return try items(of: message, depth: depth, body) }
        let merged = Merging.merged(.scope, fields: RequestTag.scope, of: message)
        try merged.withUnsafeBytes { bytes in
            scope.attributes = .none
            try scope.read(WireReader(bytes), depth: depth - 1, merges: &merges)
            try items(of: message, depth: depth, body)
        }
    }

    @inline(__always)
    private func items(of message: WireReader, depth: Int, _ body: Body) throws {
        var reader = message
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == RequestTag.items else {
                try reader.skip(tag, depth: depth)
                continue
            }
            let bytes = try reader.bytes()
            var merges = false
            let item = try Item(bytes, depth: depth - 1, merges: &merges)
            guard merges, isMerging else {
                try body(resource, scope, item)
                continue
            }
            try Merging.merged(Item.kind, bytes).withUnsafeBytes {
                try body(resource, scope, try Item($0, depth: depth - 1, merges: &merges))
            }
        }
    }
}

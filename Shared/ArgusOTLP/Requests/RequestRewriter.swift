// Requests made of parts of others, copied without being decoded.

/// Works on well-formed requests of any signal; the field numbers of their three levels are the same.
enum RequestRewriter {
    /// The items of `bytes` whose zero-based place `keeps`.
    static func filtered(_ bytes: UnsafeRawBufferPointer, keeps: (Int) -> Bool) -> [UInt8] {
        var builder = RequestBuilder()
        var index = 0
        forEachItem(in: bytes) { resource, scope, item in
            if keeps(index) { builder.append(item, resource: resource, scope: scope) }
            index += 1
        }
        return builder.finish()
    }

    static func split(_ bytes: UnsafeRawBufferPointer, maximumBytes: Int) throws(OTLPError) -> [[UInt8]] {
        guard bytes.count > maximumBytes else { return [Array(bytes)] }
        var parts: [[UInt8]] = []
        var builder = RequestBuilder()
        var tooLarge: Int?
        forEachItem(in: bytes) { resource, scope, item in
            guard tooLarge == nil else { return }
            if builder.size(with: item, resource: resource, scope: scope) > maximumBytes {
                if !builder.isEmpty { parts.append(builder.finish()) }
                if builder.size(with: item, resource: resource, scope: scope) > maximumBytes {
                    tooLarge = Int(bitPattern: item.baseAddress) - Int(bitPattern: bytes.baseAddress)
                    return
                }
            }
            builder.append(item, resource: resource, scope: scope)
        }
        if let tooLarge { throw OTLPError(position: tooLarge, reason: "an item that is larger than \(maximumBytes) bytes") }
        if !builder.isEmpty { parts.append(builder.finish()) }
        return parts
    }

    /// A resource or a scope of a request: its place, and its body with the items still in it.
    struct Level {
        var index: Int
        var body: UnsafeRawBufferPointer
    }

    private static func forEachItem(in bytes: UnsafeRawBufferPointer, _ body: (Level, Level, UnsafeRawBufferPointer) -> Void) {
        var resources = FieldIterator(bytes, tag: RequestTag.resources)
        var resource = Level(index: 0, body: .none)
        var scope = Level(index: 0, body: .none)
        while let message = resources.next() {
            resource.body = message
            var scopes = FieldIterator(message, tag: RequestTag.scopes)
            while let message = scopes.next() {
                scope.body = message
                var items = FieldIterator(message, tag: RequestTag.items)
                while let item = items.next() { body(resource, scope, item) }
                scope.index += 1
            }
            resource.index += 1
        }
    }
}

/// Collects items under their resources and scopes.
private struct RequestBuilder {
    private var output: [UInt8] = []
    private var resource: [UInt8] = []
    private var scope: [UInt8] = []
    private var resourceIndex: Int?
    private var scopeIndex: Int?

    /// Tag and length of a message, at most.
    private static let overhead = 6

    var isEmpty: Bool { resourceIndex == nil && output.isEmpty }

    /// An upper bound of the request's size with one item more.
    func size(with item: UnsafeRawBufferPointer, resource: RequestRewriter.Level, scope: RequestRewriter.Level) -> Int {
        var size = output.count + self.resource.count + self.scope.count + item.count + 5 * Self.overhead
        if resourceIndex != resource.index { size += Self.header(of: resource, without: RequestTag.scopes).count }
        if scopeIndex != scope.index { size += Self.header(of: scope, without: RequestTag.items).count }
        return size
    }

    mutating func append(_ item: UnsafeRawBufferPointer, resource: RequestRewriter.Level, scope: RequestRewriter.Level) {
        if resourceIndex != resource.index {
            closeResource()
            self.resource = Self.header(of: resource, without: RequestTag.scopes)
            resourceIndex = resource.index
        }
        if scopeIndex != scope.index {
            closeScope()
            self.scope = Self.header(of: scope, without: RequestTag.items)
            scopeIndex = scope.index
        }
        self.scope.appendField(RequestTag.items, item)
    }

    /// The request; the builder is empty again.
    mutating func finish() -> [UInt8] {
        closeResource()
        defer { output = [] }
        return output
    }

    private mutating func closeScope() {
        guard scopeIndex != nil else { return }
        scope.withUnsafeBytes { resource.appendField(RequestTag.scopes, $0) }
        scope.removeAll(keepingCapacity: true)
        scopeIndex = nil
    }

    private mutating func closeResource() {
        closeScope()
        guard resourceIndex != nil else { return }
        resource.withUnsafeBytes { output.appendField(RequestTag.resources, $0) }
        resource.removeAll(keepingCapacity: true)
        resourceIndex = nil
    }

    /// All fields of a message but `tag`.
    private static func header(of level: RequestRewriter.Level, without tag: UInt32) -> [UInt8] {
        var header: [UInt8] = []
        var reader = WireReader(level.body)
        do throws(WireError) {
            while !reader.atEnd {
                let start = reader.position
                let next = try reader.tag()
                try reader.skip(next, depth: WireReader.depthLimit)
                if next != tag { header.append(contentsOf: UnsafeBufferPointer(start: start, count: reader.position - start)) }
            }
        } catch {}
        return header
    }
}

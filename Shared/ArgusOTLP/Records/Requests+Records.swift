// Whole requests from decoded values, and back.

extension OTLPTraces {
    /// An `ExportTraceServiceRequest`.
    public static func request(_ groups: [OTLPGroup<OTLPSpan>]) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 4096)
        for group in groups { writer.group(group) { $0.fields(of: $1) } }
        return writer.bytes
    }

    /// An `ExportTraceServiceRequest` of one resource and scope.
    public static func request(resource: OTLPResource, scope: OTLPScope = OTLPScope(), spans: [OTLPSpan]) -> [UInt8] {
        request([OTLPGroup(resource: resource, scopes: [.init(scope: scope, items: spans)])])
    }

    /// The request decoded, for where speed is no concern. Resources and scopes without spans are left out; of a span that is refused the
    /// ids may be zero.
    /// - Throws: `OTLPError` for a malformed request.
    public static func groups(in bytes: UnsafeRawBufferPointer) throws -> [OTLPGroup<OTLPSpan>] {
        var grouping = Grouping<OTLPSpan>()
        try forEachSpan(in: bytes) { grouping.append(OTLPSpan($2), $0, $1) }
        return grouping.groups
    }
}

extension OTLPLogs {
    /// An `ExportLogsServiceRequest`.
    public static func request(_ groups: [OTLPGroup<OTLPLogRecord>]) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 4096)
        for group in groups { writer.group(group) { $0.fields(of: $1) } }
        return writer.bytes
    }

    /// An `ExportLogsServiceRequest` of one resource and scope.
    public static func request(resource: OTLPResource, scope: OTLPScope = OTLPScope(), records: [OTLPLogRecord]) -> [UInt8] {
        request([OTLPGroup(resource: resource, scopes: [.init(scope: scope, items: records)])])
    }

    /// The request decoded, for where speed is no concern. Resources and scopes without records are left out.
    /// - Throws: `OTLPError` for a malformed request.
    public static func groups(in bytes: UnsafeRawBufferPointer) throws -> [OTLPGroup<OTLPLogRecord>] {
        var grouping = Grouping<OTLPLogRecord>()
        try forEachRecord(in: bytes) { grouping.append(OTLPLogRecord($2), $0, $1) }
        return grouping.groups
    }
}

/// Items in their order, under resources and scopes.
private struct Grouping<Item: Sendable & Hashable> {
    private(set) var groups: [OTLPGroup<Item>] = []
    private var resource = -1
    private var scope = -1

    mutating func append(_ item: Item, _ resource: ResourceView, _ scope: ScopeView) {
        if resource.index != self.resource {
            groups.append(OTLPGroup(resource: OTLPResource(resource), scopes: []))
            self.resource = resource.index
        }
        if scope.index != self.scope {
            groups[groups.count - 1].scopes.append(.init(scope: OTLPScope(scope), items: []))
            self.scope = scope.index
        }
        let last = groups[groups.count - 1].scopes.count - 1
        groups[groups.count - 1].scopes[last].items.append(item)
    }
}

// The summary of a trace, and how parts of it are added up.

import ArgusOTLP
import ArgusShared
import ArgusStorage

/// A row of `traces`. Names are as rollups have them. It sums up all spans that ever arrived, also those whose segment was deleted since.
struct TraceRow {
    static let columns = [
        "id", "trace_id", "start_ns", "end_ns", "root_service", "root_operation", "root_start_ns", "first_service", "first_operation",
        "spans", "errors", "services", "last_segment",
    ]

    var id: Int64
    var traceID: TraceID
    var start: Int64
    var end: Int64
    /// The earliest span without a parent.
    var root: TracePart.Name?
    /// The earliest span.
    var firstService: String
    var firstOperation: String
    var spans: Int64
    var errors: Int64
    /// A sorted JSON array.
    var services: String
    var lastSegment: Int64

    /// A trace that begins with a part.
    init(id: Int64, _ part: TracePart, segment: Int64, services: String) {
        self.id = id
        traceID = part.traceID
        start = part.start
        end = part.end
        root = part.root
        firstService = part.first.service
        firstOperation = part.first.operation
        spans = Int64(part.spans)
        errors = Int64(part.errors)
        self.services = services
        lastSegment = segment
    }

    /// Reads a row of ``columns``.
    init(_ row: SQLRow) throws {
        let bytes = try row.blob(1)
        guard let traceID = bytes.withUnsafeBytes({ TraceID(bytes: $0) }) else {
            throw StorageError(.corrupted, "traces holds a trace id of \(bytes.count) bytes")
        }
        id = try row.integer(0)
        self.traceID = traceID
        start = try row.integer(2)
        end = try row.integer(3)
        if let service = try row.optionalText(4) {
            root = TracePart.Name(
                service: service, operation: try row.optionalText(5) ?? "", start: try row.optionalInteger(6) ?? start)
        }
        firstService = try row.text(7)
        firstOperation = try row.text(8)
        spans = try row.integer(9)
        errors = try row.integer(10)
        services = try row.text(11)
        lastSegment = try row.integer(12)
    }

    /// Adds a later part. Of equally early spans the one that arrived first gives the trace its name.
    mutating func add(_ part: TracePart, segment: Int64, names: inout ServiceLists) throws {
        if part.start < start {
            start = part.start
            firstService = part.first.service
            firstOperation = part.first.operation
        }
        end = max(end, part.end)
        if let other = part.root, root.map({ other.start < $0.start }) ?? true { root = other }
        spans += Int64(part.spans)
        errors += Int64(part.errors)
        services = try names.union(services, part.services)
        lastSegment = segment
    }

    /// The row in the order of ``columns``.
    var values: [SQLValue] {
        [
            .integer(id), .blob(traceID.bytes), .integer(start), .integer(end), .text(orNull: root.map { RollupKey.stored($0.service) }),
            .text(orNull: root.map { RollupKey.stored($0.operation) }), .integer(orNull: root?.start),
            .text(RollupKey.stored(firstService)), .text(RollupKey.stored(firstOperation)), .integer(spans), .integer(errors),
            .text(services), .integer(lastSegment),
        ]
    }

    /// Updates that leave the trace where it is in the indexes need not touch them.
    static func conflict(moves: Bool) -> ConflictClause {
        let fixed: Set<String> = moves ? ["id", "trace_id"] : ["id", "trace_id", "start_ns", "errors"]
        return .update(on: ["id"], set: columns.filter { !fixed.contains($0) })
    }
}

/// Lists of services as JSON, each written once.
struct ServiceLists {
    private var texts: [[String]: String] = [:]

    /// A sorted list as JSON.
    mutating func text(_ services: [String]) -> String {
        if let known = texts[services] { return known }
        var writer = JSONWriter(capacity: 64)
        writer.beginArray()
        for service in services.map(RollupKey.stored).sorted() { writer.string(service) }
        writer.endArray()
        let text = String(decoding: writer.bytes, as: UTF8.self)
        texts[services] = text
        return text
    }

    /// The JSON of a sorted list with more services in it.
    mutating func union(_ list: String, _ more: [String]) throws -> String {
        if text(more) == list { return list }
        let known = try JSONValue(parsing: Array(list.utf8), limits: .trusted).arrayValue?.compactMap(\.stringValue) ?? []
        let all = Set(known).union(more.map(RollupKey.stored))
        return all.count == known.count ? list : text(all.sorted())
    }
}

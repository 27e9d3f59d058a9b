// A trace's row: what lists show of it.

import ArgusOTLP
import ArgusShared
import ArgusStorage

/// A trace in a list.
struct TraceSummary: Sendable, Equatable {
    /// The row's number, which rises with the time that traces are first heard of.
    var reference: Int64
    var traceID: TraceID
    /// Nanoseconds.
    var start: Int64
    var end: Int64
    /// The span without parent; nil until it arrived.
    var rootService: String?
    var rootOperation: String?
    /// The earliest span.
    var firstService: String
    var firstOperation: String
    var spans: Int64
    var errors: Int64
    /// Sorted.
    var services: [String]

    var duration: Int64 { end - start }

    static let columns = [
        "id", "trace_id", "start_ns", "end_ns", "root_service", "root_operation", "first_service", "first_operation", "spans", "errors",
        "services",
    ]

    /// Reads a row of ``columns``.
    static func read(_ row: SQLRow) throws -> TraceSummary {
        let bytes = try row.blob(1)
        guard let traceID = bytes.withUnsafeBytes({ TraceID(bytes: $0) }) else {
            throw StorageError(.typeMismatch, "traces holds a trace id of \(bytes.count) bytes")
        }
        let services = try JSONValue(parsing: Array(try row.text(10).utf8), limits: .trusted).arrayValue ?? []
        return TraceSummary(
            reference: try row.integer(0), traceID: traceID, start: try row.integer(2), end: try row.integer(3),
            rootService: try row.optionalText(4), rootOperation: try row.optionalText(5), firstService: try row.text(6),
            firstOperation: try row.text(7), spans: try row.integer(8), errors: try row.integer(9),
            services: services.compactMap(\.stringValue))
    }

    /// The rows with these numbers, in their order; those that are gone are left out.
    static func read(_ references: [Int64], _ connection: any SQLConnection) throws -> [TraceSummary] {
        var found: [Int64: TraceSummary] = [:]
        for trace in try connection.lookUp(columns, in: "traces", by: ["id"], references.map { [.integer($0)] }, read) {
            found[trace.reference] = trace
        }
        return references.compactMap { found[$0] }
    }
}

// Answers which services and operations there are.

import ArgusStorage

/// The questions about names. Each reads a small table that is kept while spans are written.
struct ServiceQueries: Sendable {
    /// The most names that an answer holds.
    static let limit = 5_000

    let database: any Database

    /// An operation of a service, and when its spans began. A service that only logs has the operation "".
    struct Operation: Sendable, Equatable {
        var service: String
        var operation: String
        /// Seconds since 1970, in steps of 10 s.
        var firstSeen: Int64
        var lastSeen: Int64
    }

    /// Operations with spans in a range, by service and name; with a margin of 10 s. Operations may be named whose spans are all before
    /// and after the range.
    func operations(_ range: TimeRange? = nil, service: String? = nil) async throws -> [Operation] {
        try await database.read { connection in
            var conditions: [String] = []
            var parameters: [SQLValue] = []
            if let service {
                conditions.append("service = ?")
                parameters.append(.text(RollupKey.stored(service)))
            }
            if let range {
                conditions.append("last_seen >= ? AND first_seen <= ?")
                let first = RollupRange.floor(range.start / TimeRange.nanosecondsPerSecond, 10)
                parameters += [.integer(first), .integer((range.end - 1) / TimeRange.nanosecondsPerSecond)]
            }
            let condition = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
            parameters.append(.integer(Int64(Self.limit)))
            return try connection.query(
                "SELECT service, operation, first_seen, last_seen FROM telemetry_services\(condition) ORDER BY service, operation LIMIT ?",
                parameters
            ) { row in
                Operation(
                    service: try row.text(0), operation: try row.text(1), firstSeen: try row.integer(2), lastSeen: try row.integer(3))
            }
        }
    }

    /// The names of all services, sorted.
    func services() async throws -> [String] {
        var names: [String] = []
        for operation in try await operations() where operation.service != names.last { names.append(operation.service) }
        return names
    }
}

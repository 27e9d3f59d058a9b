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

    /// What there is, by service and name, and whether some of it was left out.
    struct Catalog: Sendable {
        var operations: [Operation] = []
        var isTruncated = false
    }

    /// The most operations of one service in a catalog, so that a service with identifiers in its names does not crowd out the others.
    static let perService = 500

    /// Operations with spans in a range, with a margin of 10 s. Operations may be named whose spans are all before and after the range.
    func catalog(_ range: TimeRange) async throws -> Catalog {
        try await database.read { connection in
            var catalog = Catalog()
            let names = try Self.services(connection)
            for name in names {
                let found = try Self.operations(of: name, in: range, limit: Self.perService, connection)
                catalog.isTruncated = catalog.isTruncated || found.count == Self.perService
                catalog.operations += found
            }
            catalog.isTruncated = catalog.isTruncated || names.count == Self.limit
            return catalog
        }
    }

    /// All operations of a service, by name.
    func operations(service: String) async throws -> [Operation] {
        try await database.read { connection in
            try Self.operations(of: RollupKey.stored(service), in: nil, limit: Self.limit, connection)
        }
    }

    /// The names of all services, sorted.
    func services() async throws -> [String] {
        try await database.read { try Self.services($0) }
    }

    private static func operations(
        of service: String, in range: TimeRange?, limit: Int, _ connection: any SQLConnection
    ) throws -> [Operation] {
        var condition = ""
        var parameters: [SQLValue] = [.text(service)]
        if let range {
            condition = " AND last_seen >= ? AND first_seen <= ?"
            let first = RollupRange.floor(range.start / TimeRange.nanosecondsPerSecond, 10)
            parameters += [.integer(first), .integer((range.end - 1) / TimeRange.nanosecondsPerSecond)]
        }
        parameters.append(.integer(Int64(limit)))
        let statement =
            "SELECT operation, first_seen, last_seen FROM telemetry_services WHERE service = ?\(condition) ORDER BY operation LIMIT ?"
        return try connection.query(statement, parameters) { row in
            Operation(service: service, operation: try row.text(0), firstSeen: try row.integer(1), lastSeen: try row.integer(2))
        }
    }

    /// Each name is found by one look into the index, however many operations the service before it has.
    private static func services(_ connection: any SQLConnection) throws -> [String] {
        var names: [String] = []
        while names.count < limit {
            let next = try connection.first(
                "SELECT service FROM telemetry_services WHERE service > ? ORDER BY service LIMIT 1", [.text(names.last ?? "")]
            ) { try $0.text(0) }
            guard let next else { break }
            names.append(next)
        }
        return names
    }
}

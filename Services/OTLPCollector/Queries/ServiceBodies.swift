// The bodies of answers about names.

import ArgusShared

/// Writes what the routes of names answer with.
enum ServiceBodies {
    /// Services with their operations.
    static func services(_ catalog: ServiceQueries.Catalog) -> [UInt8] {
        let operations = catalog.operations
        var services: [(name: String, operations: [String], lastSeen: Int64)] = []
        for operation in operations {
            if services.last?.name != operation.service { services.append((operation.service, [], operation.lastSeen)) }
            if !operation.operation.isEmpty { services[services.count - 1].operations.append(operation.operation) }
            services[services.count - 1].lastSeen = max(services[services.count - 1].lastSeen, operation.lastSeen)
        }
        var writer = JSONWriter(capacity: 256 + operations.count * 40)
        writer.object { writer in
            writer.array("services", services) { writer, service in
                writer.object { writer in
                    writer.string("name", service.name)
                    writer.array("operations", service.operations) { $0.string($1) }
                    writer.time("last_seen", seconds: service.lastSeen)
                }
            }
            writer.bool("truncated", catalog.isTruncated)
        }
        return writer.bytes
    }
}

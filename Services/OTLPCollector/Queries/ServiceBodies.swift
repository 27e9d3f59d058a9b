// The bodies of answers about names.

import ArgusShared

/// Writes what the routes of names answer with.
enum ServiceBodies {
    /// Services with their operations, which are sorted by service.
    static func services(_ operations: [ServiceQueries.Operation]) -> [UInt8] {
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
            writer.bool("truncated", operations.count >= ServiceQueries.limit)
        }
        return writer.bytes
    }
}

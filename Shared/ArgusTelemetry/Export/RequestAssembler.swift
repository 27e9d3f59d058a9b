// Requests from items that are encoded already.

import ArgusOTLP

/// Puts encoded spans or log records under one resource and their scopes.
struct RequestAssembler: Sendable {
    private let resource: [UInt8]
    private let versions: [String: String]

    /// - Parameter versions: The version of a scope, by its name.
    init(resource: [Attribute], versions: [String: String]) {
        var writer = ProtobufWriter()
        writer.message(1) { $0.attributes(1, resource) }
        self.resource = writer.bytes
        self.versions = versions
    }

    /// Bytes to leave for what stands around the items, and for the headers of the message.
    var overhead: Int { resource.count + 64 * 1024 }

    /// An `ExportTraceServiceRequest` or `ExportLogsServiceRequest`; their numbers are the same.
    func request(_ items: [TelemetryBuffer.Item]) -> [UInt8] {
        var scopes: [(name: String, items: [TelemetryBuffer.Item])] = []
        var places: [String: Int] = [:]
        for item in items {
            if let place = places[item.scope] {
                scopes[place].items.append(item)
            } else {
                places[item.scope] = scopes.count
                scopes.append((item.scope, [item]))
            }
        }
        var writer = ProtobufWriter(capacity: items.reduce(resource.count + 256) { $0 + $1.bytes.count + 8 })
        writer.message(1) { writer in
            writer.append(encoded: resource)
            for scope in scopes {
                writer.message(2) { writer in
                    writer.message(1) {
                        $0.string(1, scope.name)
                        $0.string(2, versions[scope.name] ?? "")
                    }
                    for item in scope.items { writer.alwaysBytes(2, item.bytes) }
                }
            }
        }
        return writer.bytes
    }
}

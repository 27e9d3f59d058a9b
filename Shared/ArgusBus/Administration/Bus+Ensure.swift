// Creates streams, consumers and buckets, or makes them what we define.

public import ArgusShared
import Logging

extension Bus {
    /// Creates the stream, or changes it where it differs from `definition` and the server allows it. Any number of processes may do so
    /// at the same time.
    ///
    /// - Throws: `BusError`: `.incompatible` naming the field, ours and the server's; `.server` and the transport's.
    public func ensure(_ stream: StreamDefinition) async throws(BusError) {
        try await ensureStream(stream.name, stream.fields)
    }

    /// The same for a key-value bucket.
    public func ensure(_ bucket: BucketDefinition) async throws(BusError) {
        try await ensureStream(bucket.streamName, bucket.fields)
    }

    /// The same for a durable consumer.
    public func ensure(_ consumer: ConsumerDefinition) async throws(BusError) {
        let path = "\(consumer.stream).\(consumer.name)"
        let suffix = consumer.filterSubject.map { ".\($0)" } ?? ""
        try await ensure(
            "the consumer \(consumer.name) of \(consumer.stream)", consumer.fields, missing: 10014,
            info: "CONSUMER.INFO.\(path)", create: "CONSUMER.CREATE.\(path)\(suffix)", update: "CONSUMER.CREATE.\(path)\(suffix)"
        ) { config, action in
            .object([.init("stream_name", .string(consumer.stream)), .init("config", config), .init("action", .string(action))])
        }
    }

    private func ensureStream(_ name: String, _ fields: [DefinedField]) async throws(BusError) {
        let fields = [DefinedField(name: "name", value: .string(name), isMutable: false)] + fields
        try await ensure(
            "the stream \(name)", fields, missing: 10059, info: "STREAM.INFO.\(name)", create: "STREAM.CREATE.\(name)",
            update: "STREAM.UPDATE.\(name)"
        ) { config, _ in config }
    }

    private func ensure(
        _ what: String, _ fields: [DefinedField], missing: Int, info: String, create: String, update: String,
        body: (_ config: JSONValue, _ action: String) -> JSONValue
    ) async throws(BusError) {
        let timeout = Duration.seconds(10)
        var attempts = 0
        while true {
            attempts += 1
            do throws(BusError) {
                let held = try await transport.request(api: info, timeout: timeout)
                guard let config = held["config"], case .object = config else {
                    throw BusError(.protocolViolation, "\(info) without a configuration")
                }
                let differing = fields.filter { !$0.matches(config[$0.name]) }
                if differing.isEmpty { return }
                if let fixed = differing.first(where: { !$0.isMutable }) { throw Self.incompatible(what, fixed, config, nil) }
                do throws(BusError) {
                    let changed = Self.merge(config, differing)
                    _ = try await transport.request(api: update, body(changed, "update"), timeout: timeout)
                } catch  where error.code == .server || error.code == .alreadyExists {
                    throw Self.incompatible(what, differing[0], config, error)
                }
                logger.info("bus: changed \(what)", metadata: ["fields": "\(differing.map(\.name))"])
                return
            } catch  where error.serverCode == missing {
                let members = fields.map { JSONValue.Member($0.name, $0.value) }
                do throws(BusError) {
                    _ = try await transport.request(api: create, body(.object(members), "create"), timeout: timeout)
                    return
                } catch  where error.code == .alreadyExists && attempts < 5 {
                    // Another process was faster: compare with what it made.
                    continue
                }
            }
        }
    }

    /// The server's configuration with our fields in it. What we do not define stays as it is; what the server only reports goes.
    private static func merge(_ config: JSONValue, _ fields: [DefinedField]) -> JSONValue {
        guard case .object(var members) = config else { return config }
        for field in fields {
            members.removeAll { $0.name == field.name }
            members.append(.init(field.name, field.value))
        }
        return .object(members)
    }

    private static func incompatible(_ what: String, _ field: DefinedField, _ held: JSONValue, _ cause: BusError?) -> BusError {
        let ours = String(decoding: field.value.bytes, as: UTF8.self)
        let theirs = held[field.name].map { String(decoding: $0.bytes, as: UTF8.self) } ?? "nothing"
        let reason = cause.map { ": \($0.message)" } ?? ""
        return BusError(
            .incompatible, "\(what) exists with another \(field.name): ours is \(ours), the server holds \(theirs)\(reason)",
            serverCode: cause?.serverCode)
    }
}

// A key-value bucket over a stream (NATS ADR-8).

public import ArgusShared

/// Keys and values with revisions.
///
/// Keys consist of `A-Z a-z 0-9 - / _ = .`, do not begin or end with a dot and hold no two dots in a row.
public struct KeyValueBucket: Sendable {
    /// What was written.
    public enum Operation: Sendable, Equatable {
        /// A value.
        case put
        /// A deletion; older revisions are kept.
        case delete
        /// A deletion that removed older revisions.
        case purge
    }

    /// One revision of a key.
    public struct Entry: Sendable, Equatable {
        public var key: String
        public var value: [UInt8]
        /// The sequence in the bucket's stream; grows with every write to any key.
        public var revision: UInt64
        public var operation: Operation
        public var created: Timestamp
    }

    /// What the bucket is called and how it is kept.
    public let definition: BucketDefinition
    let bus: Bus

    private var prefix: String { "$KV.\(definition.name)." }

    /// The newest value of a key; nil if it was never written, or was deleted.
    public func get(_ key: String) async throws(BusError) -> Entry? {
        guard let entry = try await newest(key), entry.operation == .put else { return nil }
        return entry
    }

    /// Writes a value, whatever was there; returns its revision.
    @discardableResult
    public func put(_ key: String, _ value: [UInt8]) async throws(BusError) -> UInt64 {
        try await write(key, value)
    }

    /// Writes a value if the key does not exist or was deleted. Throws `.keyExists` otherwise.
    @discardableResult
    public func create(_ key: String, _ value: [UInt8]) async throws(BusError) -> UInt64 {
        do throws(BusError) {
            return try await write(key, value, expected: 0)
        } catch  where error.code == .keyExists {
            guard let entry = try await newest(key) else { return try await write(key, value, expected: 0) }
            guard entry.operation != .put else { throw error }
            return try await write(key, value, expected: entry.revision)
        }
    }

    /// Writes a value if the key's newest revision is `revision`. Throws `.keyExists` otherwise.
    @discardableResult
    public func update(_ key: String, _ value: [UInt8], revision: UInt64) async throws(BusError) -> UInt64 {
        try await write(key, value, expected: revision)
    }

    /// Deletes a key, only at `revision` if there is one; throws `.keyExists` if that is not the newest.
    public func delete(_ key: String, revision: UInt64? = nil) async throws(BusError) {
        try await write(key, [], headers: ["KV-Operation": "DEL"], expected: revision)
    }

    /// Deletes a key and its history.
    public func purge(_ key: String, revision: UInt64? = nil) async throws(BusError) {
        try await write(key, [], headers: ["KV-Operation": "PURGE", "Nats-Rollup": "sub"], expected: revision)
    }

    /// All keys that have a value and begin with `prefix`.
    public func keys(prefix: String = "") async throws(BusError) -> [String] {
        try await current(prefix: prefix, headersOnly: true).map(\.key)
    }

    /// The newest entries of all keys that have a value and begin with `prefix`.
    public func entries(prefix: String = "") async throws(BusError) -> [Entry] {
        try await current(prefix: prefix, headersOnly: false)
    }

    /// Follows the keys that match `pattern` (a key, or one with the wildcards `*` and `>`), first all that have a value, then every change.
    public func watch(_ pattern: String = ">") -> KeyValueWatch {
        KeyValueWatch(bucket: self, pattern: pattern)
    }

    // MARK: Helpers

    private func newest(_ key: String) async throws(BusError) -> Entry? {
        try Self.validate(key)
        return try await bus.lastMessage(stream: definition.streamName, subject: prefix + key).flatMap(entry)
    }

    @discardableResult
    private func write(
        _ key: String, _ value: [UInt8], headers: MessageHeaders = [:], expected: UInt64? = nil
    ) async throws(BusError) -> UInt64 {
        try Self.validate(key)
        do throws(BusError) {
            // The id makes a write that is sent again after a lost connection count once.
            return try await bus.publish(
                value, to: prefix + key, headers: headers, messageID: Identifier.make(), expectedLastSubjectSequence: expected
            ).sequence
        } catch  where error.code == .wrongLastSequence {
            throw BusError(.keyExists, "\(key) in \(definition.name): \(error.message)", serverCode: error.serverCode)
        }
    }

    private func current(prefix: String, headersOnly: Bool) async throws(BusError) -> [Entry] {
        let reader = KeyValueReader(bucket: self, pattern: ">", headersOnly: headersOnly)
        var entries: [Entry] = []
        do throws(BusError) {
            loop: while true {
                for update in try await reader.next() {
                    switch update {
                    case .entry(let entry): if entry.operation == .put, entry.key.hasPrefix(prefix) { entries.append(entry) }
                    case .initialValuesDone: break loop
                    }
                }
            }
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
        return entries
    }

    /// The entry in a message of the bucket's stream.
    func entry(_ message: BusMessage) -> Entry? {
        guard let metadata = message.metadata, message.subject.hasPrefix(prefix) else { return nil }
        let operation: Operation =
            switch message.headers["KV-Operation"] {
            case "DEL": .delete
            case "PURGE": .purge
            default: message.headers["Nats-Marker-Reason"] == nil ? .put : .purge
            }
        return Entry(
            key: String(message.subject.dropFirst(prefix.count)), value: message.payload, revision: metadata.streamSequence,
            operation: operation, created: metadata.timestamp)
    }

    static func validate(_ key: String) throws(BusError) {
        let isValid =
            !key.isEmpty && !key.hasPrefix(".") && !key.hasSuffix(".") && !key.contains("..")
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "."):
                    true
                default: false
                }
            }
        guard isValid else {
            throw BusError(.invalidArgument, "\"\(key)\" cannot be a key: only letters, digits and - / _ = . are allowed, dots only within")
        }
    }
}

extension Bus {
    /// A bucket by its definition. Call `ensure(bucket)` before its first use.
    public func keyValue(_ bucket: BucketDefinition) -> KeyValueBucket {
        KeyValueBucket(definition: bucket, bus: self)
    }
}

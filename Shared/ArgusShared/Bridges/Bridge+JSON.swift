// Bridges as stored in `argus_config` and as the API shows them.

extension Bridge {
    /// Appends the bridge.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("id", id)
        writer.string("name", name)
        writer.bool("enabled", isEnabled)
        writer.string("source", source.rawValue)
        writer.key("match")
        match.write(to: &writer, source: source)
        writer.string("event_manager_id", managerID)
        writer.key("severity")
        writer.beginObject()
        for (type, severity) in severities.sorted(by: { $0.key < $1.key }) {
            writer.key(type)
            writer.string(severity.rawValue)
        }
        writer.endObject()
        writer.string("class", `class`.text)
        writer.string("summary", summary.text)
        writer.string("dedup_key", dedupKey.text)
        writer.key("resolve_on")
        writer.strings(resolveOn)
        if source == .process {
            writer.integer("running_seconds", runningSeconds)
        }
        writer.timestamp("active_since", activeSince)
        writer.timestamp("created_at", createdAt)
        writer.timestamp("updated_at", updatedAt)
        writer.endObject()
    }

    /// Reads what `write(to:)` wrote.
    public init(_ bytes: [UInt8]) throws {
        let stored = try JSONValue(parsing: bytes, limits: .trusted)
        func text(_ name: String) throws -> String {
            guard let text = stored[name]?.stringValue else { throw Unreadable(field: name) }
            return text
        }
        func time(_ name: String) throws -> Timestamp {
            guard let time = Timestamp(rfc3339: try text(name)) else { throw Unreadable(field: name) }
            return time
        }
        guard let source = Source(rawValue: try text("source")) else { throw Unreadable(field: "source") }
        self.init(id: try text("id"), source: source, managerID: try text("event_manager_id"), at: try time("created_at"))
        name = try text("name")
        isEnabled = stored["enabled"]?.boolValue ?? true
        match = BridgeMatch(stored["match"] ?? .null, source: source)
        if case .object(let members)? = stored["severity"] {
            severities = Dictionary(
                members.compactMap { member in member.value.stringValue.flatMap(Severity.init(rawValue:)).map { (member.name, $0) } }
            ) { $1 }
        }
        `class` = try BridgeTemplate(try text("class"), source: source)
        summary = try BridgeTemplate(try text("summary"), source: source)
        dedupKey = try BridgeTemplate(try text("dedup_key"), source: source)
        resolveOn = stored["resolve_on"]?.arrayValue?.compactMap(\.stringValue) ?? []
        runningSeconds = stored["running_seconds"]?.integerValue.map { Int($0) } ?? runningSeconds
        activeSince = try time("active_since")
        updatedAt = try time("updated_at")
    }

    /// A stored bridge that this version cannot read.
    public struct Unreadable: Error, Equatable, CustomStringConvertible {
        /// The member that is missing or wrong.
        public let field: String

        /// For logs.
        public var description: String { "\(field) of a bridge is missing or wrong" }
    }
}

extension BridgeMatch {
    func write(to writer: inout JSONWriter, source: Bridge.Source) {
        writer.beginObject()
        writer.key(source == .process ? "namespace" : "client")
        writer.string(owner.text)
        writer.key(source == .process ? "process" : "workflow")
        writer.string(subject.text)
        writer.key("types")
        writer.strings(types)
        if source == .workflow {
            writer.key("status")
            writer.strings(statuses)
        }
        writer.endObject()
    }

    init(_ stored: JSONValue, source: Bridge.Source) {
        self.init(source: source)
        if let text = stored[source == .process ? "namespace" : "client"]?.stringValue { owner = WildcardPattern(text) }
        if let text = stored[source == .process ? "process" : "workflow"]?.stringValue { subject = WildcardPattern(text) }
        if let list = stored["types"]?.arrayValue { types = list.compactMap(\.stringValue) }
        if let list = stored["status"]?.arrayValue { statuses = list.compactMap(\.stringValue) }
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ values: [String]) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }
}

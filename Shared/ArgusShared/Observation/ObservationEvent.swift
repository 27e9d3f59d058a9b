// What orchestrators report of workflows, runs and plugins: the JSON on `OBSERVE.>`.

/// The kind of an observation event.
public enum ObservationType: String, Sendable, CaseIterable {
    case workflowPublished = "workflow.published"
    case runStarted = "run.started"
    case runEnded = "run.ended"
    /// Not reported by orchestrators: otlp-collector says that a run's end has not come.
    case runLost = "run.lost"
    case pluginStarted = "plugin.started"
    case pluginEnded = "plugin.ended"

    /// What must be named: 1 client and workflow; 2 also the run; 3 also the node.
    public var level: Int {
        switch self {
        case .workflowPublished: 1
        case .runStarted, .runEnded, .runLost: 2
        case .pluginStarted, .pluginEnded: 3
        }
    }

    /// Where events of this kind are published.
    public var subject: String {
        switch self {
        case .workflowPublished: "OBSERVE.WORKFLOW.PUBLISHED"
        case .runStarted: "OBSERVE.RUN.STARTED"
        case .runEnded: "OBSERVE.RUN.ENDED"
        case .runLost: "OBSERVE.RUN.LOST"
        case .pluginStarted: "OBSERVE.PLUGIN.STARTED"
        case .pluginEnded: "OBSERVE.PLUGIN.ENDED"
        }
    }
}

/// One observation. In JSON: `{"id","type","v","timestamp","client_id","workflow_id","run_id","node_id","data"}`, of which `run_id`,
/// `node_id` and `data` may be absent.
public struct ObservationEvent: Sendable, Hashable {
    /// The version of the format.
    public static let currentVersion = 1

    /// Unique; publishing an event again under the same id counts once.
    public var id: String
    public var type: ObservationType
    /// The version of the format it is written in.
    public var version = currentVersion
    /// When it happened, by the reporter's clock.
    public var timestamp: Timestamp
    /// Whose workflow it is.
    public var clientID = ""
    public var workflowID = ""
    /// One execution of the workflow.
    public var runID = ""
    /// One step of the run.
    public var nodeID = ""
    /// What else the reporter says; see the payloads of ArgusObserver.
    public var data: RawJSON?

    /// An event that happens now.
    public init(_ type: ObservationType, id: String = Identifier.make(), at timestamp: Timestamp = .now()) {
        self.id = id
        self.type = type
        self.timestamp = timestamp
    }

    /// The names of the members that the event's level needs and that are empty, as in the JSON.
    public var missingFields: [String] {
        var missing: [String] = []
        if id.isEmpty { missing.append("id") }
        if clientID.isEmpty { missing.append("client_id") }
        if workflowID.isEmpty { missing.append("workflow_id") }
        if type.level > 1, runID.isEmpty { missing.append("run_id") }
        if type.level > 2, nodeID.isEmpty { missing.append("node_id") }
        return missing
    }

    /// The event as JSON on one line.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 + (data?.bytes.count ?? 0))
        writer.beginObject()
        writer.string("id", id)
        writer.string("type", type.rawValue)
        writer.integer("v", version)
        writer.timestamp("timestamp", timestamp)
        writer.string("client_id", clientID)
        writer.string("workflow_id", workflowID)
        if !runID.isEmpty {
            writer.string("run_id", runID)
        }
        if !nodeID.isEmpty {
            writer.string("node_id", nodeID)
        }
        if let data {
            writer.raw("data", data.compacted)
        }
        writer.endObject()
        return writer.bytes
    }
}

extension ObservationEvent {
    /// Reads an event that any publisher wrote; members it does not know are ignored.
    ///
    /// - Throws: `JSONError` for what is no JSON, ``Malformed`` naming the member that is missing or wrong.
    public init(parsing bytes: [UInt8]) throws {
        var fields = Fields()
        try JSONReader.read(bytes, limits: .untrusted) { try fields.read(&$0) }
        guard let name = fields.type else { throw Malformed(field: "type", reason: "is missing") }
        guard let type = ObservationType(rawValue: name) else {
            let known = ObservationType.allCases.map(\.rawValue).joined(separator: ", ")
            throw Malformed(field: "type", reason: "is \"\(name.prefix(64))\", not one of \(known)")
        }
        guard (fields.version ?? 1) == Self.currentVersion else {
            throw Malformed(field: "v", reason: "is \(fields.version ?? 0), and only \(Self.currentVersion) is known")
        }
        guard let text = fields.timestamp else { throw Malformed(field: "timestamp", reason: "is missing") }
        guard let timestamp = Timestamp(rfc3339: text) else {
            throw Malformed(field: "timestamp", reason: "is \"\(text.prefix(64))\", not a time of RFC 3339")
        }
        self.init(type, id: fields.id, at: timestamp)
        clientID = fields.client
        workflowID = fields.workflow
        runID = fields.run
        nodeID = fields.node
        data = fields.data
        if let missing = missingFields.first { throw Malformed(field: missing, reason: "is missing") }
    }

    /// A member of an event is missing or wrong.
    public struct Malformed: Error, Hashable, CustomStringConvertible {
        /// The member's name.
        public let field: String
        /// What is wrong with it.
        public let reason: String

        /// For people.
        public var description: String { "\(field) \(reason)" }
    }

    private struct Fields {
        var id = "", client = "", workflow = "", run = "", node = ""
        var type: String?
        var timestamp: String?
        var version: Int64?
        var data: RawJSON?

        mutating func read(_ reader: inout JSONReader) throws {
            try reader.readObject { reader, key in
                switch key {
                case "id": id = try reader.readOptionalString() ?? ""
                case "type": type = try reader.readString()
                case "v": version = try reader.readInteger()
                case "timestamp": timestamp = try reader.readString()
                case "client_id": client = try reader.readOptionalString() ?? ""
                case "workflow_id": workflow = try reader.readOptionalString() ?? ""
                case "run_id": run = try reader.readOptionalString() ?? ""
                case "node_id": node = try reader.readOptionalString() ?? ""
                case "data": data = try reader.readRaw()
                default: try reader.skipValue()
                }
            }
        }
    }
}

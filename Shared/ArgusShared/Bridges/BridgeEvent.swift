// An event of a process or of a workflow as bridges see it.

/// What a bridge needs to know of an event on the bus.
public struct BridgeEvent: Sendable {
    /// Where the event is on the bus.
    public struct Origin: Sendable, Hashable {
        public var stream: String
        public var sequence: UInt64
        public var subject: String
        /// When the bus stored it.
        public var storedAt: Timestamp

        /// A place on the bus.
        public init(stream: String, sequence: UInt64, subject: String, storedAt: Timestamp) {
            self.stream = stream
            self.sequence = sequence
            self.subject = subject
            self.storedAt = storedAt
        }
    }

    public let origin: Origin
    public let source: Bridge.Source
    public let type: String
    /// Of a workflow's event: its status, whatever its reporter calls it.
    public let status: String?
    public let timestamp: Timestamp
    /// The process's namespace, or the workflow's client.
    public let owner: String
    /// The process, or the workflow.
    public let subject: String
    /// What templates can say.
    public let values: [BridgePlaceholder: String]
    /// What is known of the process or the run, as a JSON object.
    public let facts: RawJSON

    /// Larger data of a workflow's event is left out of the alert's details.
    static let maximumData = 16 * 1024
}

extension BridgeEvent {
    /// An event of a process.
    public init(_ event: ProcessEvent, origin: Origin) {
        self.origin = origin
        source = .process
        type = event.kind.rawValue
        status = nil
        timestamp = event.timestamp
        owner = event.namespace
        subject = event.process
        var values: [BridgePlaceholder: String] = [
            .namespace: event.namespace, .process: event.process, .type: type, .status: event.state.status,
            .timestamp: event.timestamp.rfc3339, .what: Self.sentence(event), .restarts: "\(event.restarts ?? event.state.restarts)",
            .exitCode: "\(event.exitCode ?? event.state.exitCode)", .pid: "\(event.state.pid)",
        ]
        values[.oldStatus] = event.oldStatus
        values[.newStatus] = event.newStatus
        self.values = values
        facts = Self.facts(event)
    }

    private static func sentence(_ event: ProcessEvent) -> String {
        switch event.kind {
        case .crashed: event.exitCode.map { "crashed with exit code \($0)" } ?? "crashed"
        case .healthy: "is healthy"
        case .unhealthy: "is unhealthy"
        case .statusChanged: "changed from \(event.oldStatus ?? "unknown") to \(event.newStatus ?? event.state.status)"
        case .started, .stopped, .restarted: event.kind.rawValue
        }
    }

    private static func facts(_ event: ProcessEvent) -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("name", event.process)
        writer.string("namespace", event.namespace)
        writer.string("status", event.state.status)
        writer.string("is_ready", event.state.readiness.rawValue)
        writer.bool("is_running", event.state.isRunning)
        writer.integer("pid", event.state.pid)
        writer.integer("exit_code", event.exitCode ?? event.state.exitCode)
        writer.integer("restarts", event.restarts ?? event.state.restarts)
        writer.member("old_status", event.oldStatus)
        writer.member("new_status", event.newStatus)
        writer.endObject()
        return RawJSON(written: writer)
    }
}

extension BridgeEvent {
    /// Reads an event of a workflow. Unlike ``ObservationEvent`` it takes types that this version does not know.
    ///
    /// - Throws: `JSONError` for what is no JSON, `ObservationEvent.Malformed` for an event without type, time, client or workflow, or of a
    ///   known type without the run or the node that it must name.
    public init(observation bytes: [UInt8], origin: Origin) throws {
        let event = try JSONValue(parsing: bytes)
        func text(_ name: String) -> String { event[name]?.stringValue ?? "" }
        func required(_ name: String) throws -> String {
            guard !text(name).isEmpty else { throw ObservationEvent.Malformed(field: name, reason: "is missing") }
            return text(name)
        }
        guard (event["v"]?.integerValue ?? 1) == ObservationEvent.currentVersion else {
            throw ObservationEvent.Malformed(field: "v", reason: "is not \(ObservationEvent.currentVersion)")
        }
        guard let time = Timestamp(rfc3339: try required("timestamp")) else {
            throw ObservationEvent.Malformed(field: "timestamp", reason: "is not a time of RFC 3339")
        }
        self.origin = origin
        source = .workflow
        type = try required("type")
        timestamp = time
        owner = try required("client_id")
        subject = try required("workflow_id")
        let level = ObservationType(rawValue: type)?.level ?? 1
        if level > 1 { _ = try required("run_id") }
        if level > 2 { _ = try required("node_id") }
        let data = event["data"]
        status = data?["status"]?.stringValue ?? (type == ObservationType.runLost.rawValue ? "lost" : nil)
        let error = data?["error"]?.stringValue ?? data?["error"]?["message"]?.stringValue
        var values: [BridgePlaceholder: String] = [
            .client: owner, .workflow: subject, .run: text("run_id"), .node: text("node_id"), .type: type, .timestamp: time.rfc3339,
            .what: Self.sentence(type, status, error, run: text("run_id"), node: text("node_id")),
        ]
        values[.status] = status
        values[.error] = error
        values[.attempt] = data?["attempt"]?.integerValue.map { "\($0)" }
        self.values = values
        facts = Self.facts(event, status: status)
    }

    private static func sentence(_ type: String, _ status: String?, _ error: String?, run: String, node: String) -> String {
        let reason = error.map { ": \($0)" } ?? ""
        let state = status ?? String(type.split(separator: ".").last ?? "")
        if !node.isEmpty { return "node \(node) of run \(run) \(state)\(reason)" }
        if type == ObservationType.runLost.rawValue { return "run \(run) was lost\(reason)" }
        return run.isEmpty ? "\(state)\(reason)" : "run \(run) \(state)\(reason)"
    }

    private static func facts(_ event: JSONValue, status: String?) -> RawJSON {
        var members: [JSONValue.Member] = []
        for name in ["id", "client_id", "workflow_id", "run_id", "node_id"] {
            if let value = event[name], value != .null { members.append(.init(name, value)) }
        }
        if let status { members.append(.init("status", .string(status))) }
        if let data = event["data"], data != .null, data.bytes.count <= maximumData { members.append(.init("data", data)) }
        return RawJSON(.object(members))
    }
}

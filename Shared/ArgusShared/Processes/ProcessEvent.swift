// What happens to supervised processes: the JSON on `core.process.>`.

/// One change of a process.
public struct ProcessEvent: Sendable, Hashable {
    /// What happened.
    public enum Kind: String, Sendable, CaseIterable {
        case started, stopped, crashed, restarted, healthy, unhealthy
        case statusChanged = "status_changed"

        /// How much it matters.
        public var severity: Level {
            switch self {
            case .started, .stopped, .restarted, .healthy: .info
            case .unhealthy: .warning
            case .crashed: .error
            case .statusChanged: .debug
            }
        }
    }

    /// How much an event matters.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        case debug, info, warning, error

        /// The lesser before the greater.
        public static func < (left: Level, right: Level) -> Bool {
            rank(left) < rank(right)
        }

        private static func rank(_ level: Level) -> Int {
            switch level {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    public var kind: Kind
    /// When the change was seen.
    public var timestamp: Timestamp
    /// The whole state after the change.
    public var state: ProcessState
    /// Of `stopped` and `crashed`: how the run ended.
    public var exitCode: Int64?
    /// Of `restarted` and `crashed`: how often it was restarted.
    public var restarts: Int64?
    /// Of `status_changed`.
    public var oldStatus: String?
    /// Of `status_changed`.
    public var newStatus: String?

    /// A change to `state`.
    public init(_ kind: Kind, state: ProcessState, at timestamp: Timestamp) {
        self.kind = kind
        self.state = state
        self.timestamp = timestamp
    }

    /// The process's name.
    public var process: String { state.name }
    /// The process's namespace.
    public var namespace: String { state.namespace }

    /// Where the event is published.
    public var subject: String {
        ProcessSubject.make(namespace: state.namespace, name: state.name, type: kind)
    }

    /// The event as JSON on one line.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.string("type", kind.rawValue)
        writer.string("process", state.name)
        writer.string("namespace", state.namespace)
        writer.timestamp("timestamp", timestamp)
        writer.string("subject", subject)
        writer.string("severity", kind.severity.rawValue)
        writer.key("state")
        state.write(to: &writer)
        if let exitCode {
            writer.integer("exit_code", exitCode)
        }
        if let restarts {
            writer.integer("restarts", restarts)
        }
        if let oldStatus {
            writer.string("old_status", oldStatus)
        }
        if let newStatus {
            writer.string("new_status", newStatus)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads an event; members it does not know are ignored.
    ///
    /// - Throws: `JSONError` for what is no JSON, ``Malformed`` naming the member that is missing or wrong.
    public init(parsing bytes: [UInt8]) throws {
        var name: String?
        var time: String?
        var process: ProcessState?
        var codes: (exit: Int64?, restarts: Int64?) = (nil, nil)
        var statuses: (old: String?, new: String?) = (nil, nil)
        try JSONReader.read(bytes, limits: .untrusted) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "type": name = try reader.readString()
                case "timestamp": time = try reader.readString()
                case "state": process = try ProcessState(from: &reader)
                case "exit_code": codes.exit = try reader.readInteger()
                case "restarts": codes.restarts = try reader.readInteger()
                case "old_status": statuses.old = try reader.readOptionalString()
                case "new_status": statuses.new = try reader.readOptionalString()
                default: try reader.skipValue()
                }
            }
        }
        guard let kind = name.flatMap(Kind.init(rawValue:)) else { throw Malformed(field: "type") }
        guard let timestamp = time.flatMap(Timestamp.init(rfc3339:)) else { throw Malformed(field: "timestamp") }
        guard let state = process, !state.name.isEmpty else { throw Malformed(field: "state") }
        self.init(kind, state: state, at: timestamp)
        exitCode = codes.exit
        restarts = codes.restarts
        oldStatus = statuses.old
        newStatus = statuses.new
    }

    /// A member of an event is missing or wrong.
    public struct Malformed: Error, Hashable, CustomStringConvertible {
        /// The member's name.
        public let field: String

        /// For people.
        public var description: String { "\(field) is missing or wrong" }
    }
}

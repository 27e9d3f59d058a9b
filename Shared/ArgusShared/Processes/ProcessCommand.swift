// What process-adapter is asked to do with a process, and what became of it.

/// A command to whichever process-adapter follows the process's process-compose. It is carried out once or not at all.
public struct ProcessCommand: Sendable, Hashable {
    /// What can be done with a process.
    public enum Action: String, Sendable, CaseIterable {
        case start, stop, restart
    }

    /// How long a command holds by default: whoever asked does not wait longer.
    public static let lifetime: Int64 = 5000

    /// Tells commands apart; letters, digits, `-` and `_`, at most 64 of them, for the outcome's subject ends with it.
    public var id: String
    public var action: Action
    public var namespace: String
    public var name: String
    /// Who wants it, for people.
    public var by: String?
    /// It is not carried out later than that.
    public var expires: Timestamp

    /// A command that holds from now on.
    public init(_ action: Action, namespace: String, name: String, by: String? = nil, now: Timestamp = .now()) {
        id = Identifier.make(at: now)
        self.action = action
        self.namespace = namespace
        self.name = name
        self.by = by
        expires = now.adding(milliseconds: Self.lifetime)
    }

    /// The command as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("id", id)
        writer.string("action", action.rawValue)
        writer.string("namespace", namespace)
        writer.string("name", name)
        if let by {
            writer.string("by", by)
        }
        writer.timestamp("expires_at", expires)
        writer.endObject()
        return writer.bytes
    }

    /// Reads a command; members it does not know are ignored.
    ///
    /// - Throws: ``Malformed``.
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        guard let value = try? JSONValue(parsing: bytes), let id = value["id"]?.stringValue, Self.isValid(id: id) else {
            throw Malformed(id: nil, reason: "it is no JSON object with an id")
        }
        func text(_ field: String) throws(Malformed) -> String {
            guard let text = value[field]?.stringValue else { throw Malformed(id: id, reason: "its \(field) is missing or no text") }
            return text
        }
        let action = try text("action")
        guard let known = Action(rawValue: action) else {
            throw Malformed(id: id, reason: "there is no action \"\(action.prefix(64))\"")
        }
        guard let expires = Timestamp(rfc3339: try text("expires_at")) else {
            throw Malformed(id: id, reason: "its expires_at is no RFC 3339 time")
        }
        self.init(known, namespace: try text("namespace"), name: try text("name"), by: value["by"]?.stringValue)
        self.id = id
        self.expires = expires
    }

    /// What was sent is no command.
    public struct Malformed: Error, Hashable {
        /// Whom to tell; nil if it cannot be made out.
        public let id: String?
        /// What is wrong.
        public let reason: String
    }

    private static func isValid(id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch UnicodeScalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
                default: false
                }
            }
    }
}

/// What became of a command. A command that is carried out has two: that it was accepted comes first.
public struct ProcessOutcome: Sendable, Hashable {
    /// How it went.
    public enum Status: String, Sendable, CaseIterable {
        /// It is being carried out.
        case accepted
        /// Process-compose has done it.
        case done
        /// Process-compose refused, or could not be asked, or it was no command.
        case refused
        /// There is no such process.
        case unknown
        /// It came too late and was not carried out.
        case expired
    }

    /// The command's.
    public var id: String
    public var status: Status
    /// Why, in a sentence; nil for what went well.
    public var reason: String?

    /// An outcome.
    public init(id: String, _ status: Status, reason: String? = nil) {
        self.id = id
        self.status = status
        self.reason = reason
    }

    /// The outcome as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("id", id)
        writer.string("status", status.rawValue)
        if let reason {
            writer.string("reason", reason)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Reads an outcome; nil for anything else.
    public init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let id = value["id"]?.stringValue,
            let status = value["status"]?.stringValue.flatMap(Status.init(rawValue:))
        else { return nil }
        self.init(id: id, status, reason: value["reason"]?.stringValue)
    }
}

// Decisions as JSON.

extension RemediationDecision {
    /// The decision as JSON on one line.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 768)
        writer.beginObject()
        writer.string("kind", kind.rawValue)
        writer.string("id", id)
        writer.timestamp("timestamp", timestamp)
        writer.string("process", process)
        writer.string("namespace", namespace)
        writer.string("set", set)
        writer.string("policy", policy)
        writer.string("action", action.rawValue)
        writer.integer("attempt", attempt)
        writer.integer("max_attempts", maximumAttempts)
        writer.string("reason", reason)
        if let due {
            writer.timestamp("due", due)
        }
        if let delay {
            writer.integer("delay_ms", delay)
        }
        if !dependents.isEmpty {
            writer.key("dependents")
            writer.beginArray()
            for name in dependents { writer.string(name) }
            writer.endArray()
        }
        writer.key("event")
        trigger.write(to: &writer)
        writer.string("instance", instance)
        writer.integer("epoch", epoch)
        writer.bool("dry_run", isDryRun)
        writer.endObject()
        return writer.bytes
    }

    /// Reads a decision; members it does not know are ignored.
    ///
    /// - Throws: `JSONError` for what is no JSON, ``Malformed`` naming the member that is missing or wrong.
    public init(parsing bytes: [UInt8]) throws {
        let value = try JSONValue(parsing: bytes)
        func text(_ name: String) throws(Malformed) -> String {
            guard let text = value[name]?.stringValue else { throw Malformed(field: name) }
            return text
        }
        func number(_ name: String) throws(Malformed) -> Int {
            guard let number = value[name]?.integerValue.flatMap(Int.init(exactly:)) else { throw Malformed(field: name) }
            return number
        }
        func time(_ name: String) throws(Malformed) -> Timestamp {
            guard let time = Timestamp(rfc3339: try text(name)) else { throw Malformed(field: name) }
            return time
        }
        guard let kind = Kind(rawValue: try text("kind")) else { throw Malformed(field: "kind") }
        guard let action = Action(rawValue: try text("action")) else { throw Malformed(field: "action") }
        guard let trigger = value["event"].flatMap(Trigger.init) else { throw Malformed(field: "event") }
        self.init(
            kind, id: try text("id"), at: try time("timestamp"), namespace: try text("namespace"), process: try text("process"),
            set: try text("set"), policy: try text("policy"), action: action, attempt: try number("attempt"),
            of: try number("max_attempts"), reason: try text("reason"), trigger: trigger)
        due = value["due"] == nil ? nil : try time("due")
        delay = value["delay_ms"]?.integerValue
        dependents = (value["dependents"]?.arrayValue ?? []).compactMap(\.stringValue)
        instance = value["instance"]?.stringValue ?? ""
        epoch = value["epoch"]?.integerValue ?? 0
        isDryRun = value["dry_run"]?.boolValue ?? false
    }

    /// A member of a decision is missing or wrong.
    public struct Malformed: Error, Hashable, CustomStringConvertible {
        /// The member's name.
        public let field: String

        /// For people.
        public var description: String { "\(field) is missing or wrong" }
    }
}

extension RemediationDecision.Trigger {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("type", kind.rawValue)
        writer.timestamp("timestamp", timestamp)
        writer.integer("sequence", sequence)
        if let exitCode {
            writer.integer("exit_code", exitCode)
        }
        writer.endObject()
    }

    fileprivate init?(_ value: JSONValue) {
        guard let kind = value["type"]?.stringValue.flatMap(ProcessEvent.Kind.init(rawValue:)),
            let timestamp = value["timestamp"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
            let sequence = value["sequence"]?.integerValue.flatMap(UInt64.init(exactly:))
        else { return nil }
        self.init(kind, at: timestamp, sequence: sequence, exitCode: value["exit_code"]?.integerValue)
    }
}

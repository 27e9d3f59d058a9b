// An alert event as it travels from the gateway to the processor.

/// How much an alert matters.
public enum Severity: String, Sendable, CaseIterable {
    case high, medium, low
}

/// What the gateway found when it applied the manager's rule to an event.
public struct Grouping: Sendable, Hashable {
    /// The rule that was in force; nil for a manager without one.
    public var ruleID: String?
    /// The value alerts are grouped by; nil makes the alert a parent of its own that takes no children.
    public var value: String?
    /// Milliseconds from a parent's creation within which it takes children, and from a resolve within which an alert reactivates.
    public var window: Int64

    /// The window of a manager without a rule: 30 minutes.
    public static let defaultWindow: Int64 = 30 * 60_000

    /// A finding of the gateway's.
    public init(ruleID: String? = nil, value: String? = nil, window: Int64 = Grouping.defaultWindow) {
        self.ruleID = ruleID
        self.value = value
        self.window = window
    }
}

/// One alert event, validated.
public struct AlertEvent: Sendable, Equatable {
    /// What the sender wants.
    public enum Action: String, Sendable, CaseIterable {
        case trigger, resolve, acknowledge
        /// Time passes: the owner of a partition sends this to itself when a deadline is due.
        case tick
    }

    /// Unique; the identifier of the alert it opens, if it opens one.
    public var id: String
    public var action: Action
    /// Empty for a tick.
    public var managerID: String
    /// Empty for a tick.
    public var dedupKey: String
    /// When the gateway took it in: the only clock of the state machine.
    public var receivedAt: Timestamp
    /// The sender's own time of what happened.
    public var occurredAt: Timestamp?
    public var summary: String
    public var severity: Severity
    public var `class`: String?
    public var source: String?
    public var component: String?
    /// A JSON object of the sender's.
    public var details: RawJSON?
    /// A JSON array of the sender's.
    public var links: RawJSON?
    public var grouping: Grouping
    /// When the alert resolves by itself unless a trigger comes before.
    public var expiresAt: Timestamp?
    /// A trigger that repeats an active alert unchanged only moves `expiresAt` and counts for nothing else: the sender repeats
    /// itself on a timer (Prometheus does).
    public var isIdempotent: Bool
    /// Who acknowledges.
    public var actor: String?
    /// What brought it about, for the alert's timeline.
    public var reason: String?

    /// An event with only what every action needs.
    public init(id: String = Identifier.make(), action: Action, managerID: String, dedupKey: String, receivedAt: Timestamp) {
        self.id = id
        self.action = action
        self.managerID = managerID
        self.dedupKey = dedupKey
        self.receivedAt = receivedAt
        summary = ""
        severity = .low
        grouping = Grouping()
        isIdempotent = false
    }

    /// The tick of a partition.
    public static func tick(at time: Timestamp) -> AlertEvent {
        AlertEvent(action: .tick, managerID: "", dedupKey: "", receivedAt: time)
    }
}

// MARK: - JSON

extension AlertEvent {
    /// Appends the event as one JSON object; absent fields are left out.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("id", id)
        writer.string("action", action.rawValue)
        writer.integer("received_at", receivedAt.milliseconds)
        if action != .tick {
            writer.string("event_manager_id", managerID)
            writer.string("dedupKey", dedupKey)
        }
        if action == .trigger { writeTrigger(to: &writer) }
        if let actor {
            writer.string("actor", actor)
        }
        writer.member("reason", reason)
        writer.endObject()
    }

    private func writeTrigger(to writer: inout JSONWriter) {
        writer.string("summary", summary)
        writer.string("severity", severity.rawValue)
        writer.member("class", `class`)
        writer.member("source", source)
        writer.member("component", component)
        writer.member("details", details)
        writer.member("links", links)
        writer.member("rule_id", grouping.ruleID)
        writer.member("grouping_value", grouping.value)
        writer.integer("window", grouping.window)
        if let occurredAt {
            writer.integer("occurred_at", occurredAt.milliseconds)
        }
        if let expiresAt {
            writer.integer("expires_at", expiresAt.milliseconds)
        }
        if isIdempotent {
            writer.bool("idempotent", true)
        }
    }

    /// Reads what `write(to:)` wrote.
    public init(from reader: inout JSONReader) throws {
        self.init(id: "", action: .tick, managerID: "", dedupKey: "", receivedAt: Timestamp(milliseconds: 0))
        var hasAction = false
        try reader.readObject { reader, key in
            switch key {
            case "id": id = try reader.readString()
            case "action":
                action = try reader.readCase()
                hasAction = true
            case "received_at": receivedAt = Timestamp(milliseconds: try reader.readInteger())
            case "event_manager_id": managerID = try reader.readString()
            case "dedupKey": dedupKey = try reader.readString()
            case "summary": summary = try reader.readString()
            case "severity": severity = try reader.readCase()
            case "class": `class` = try reader.readString()
            case "source": source = try reader.readString()
            case "component": component = try reader.readString()
            case "details": details = try reader.readRaw()
            case "links": links = try reader.readRaw()
            case "rule_id": grouping.ruleID = try reader.readString()
            case "grouping_value": grouping.value = try reader.readString()
            case "window": grouping.window = try reader.readInteger()
            case "occurred_at": occurredAt = Timestamp(milliseconds: try reader.readInteger())
            case "expires_at": expiresAt = Timestamp(milliseconds: try reader.readInteger())
            case "idempotent": isIdempotent = try reader.readBool()
            case "actor": actor = try reader.readString()
            case "reason": reason = try reader.readString()
            default: try reader.skipValue()
            }
        }
        guard hasAction, !id.isEmpty else { throw reader.error(.wrongType(expected: "an event with id and action")) }
    }

    /// Reads newline-delimited events: the payload of a message on `argus.events.<partition>`.
    public static func readLines(_ payload: [UInt8]) throws -> [AlertEvent] {
        try payload.withUnsafeBufferPointer { buffer in
            var events: [AlertEvent] = []
            var start = 0
            while start < buffer.count {
                let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) ?? buffer.count
                if end > start {
                    let line = UnsafeBufferPointer(rebasing: buffer[start..<end])
                    events.append(try JSONReader.read(line) { try AlertEvent(from: &$0) })
                }
                start = end + 1
            }
            return events
        }
    }
}

extension JSONReader {
    /// Reads a string that names a case.
    public mutating func readCase<Case: RawRepresentable & CaseIterable>() throws -> Case where Case.RawValue == String {
        let start = self
        guard let value = Case(rawValue: try readString()) else {
            let names = Case.allCases.map(\.rawValue).joined(separator: ", ")
            throw start.error(.wrongType(expected: "one of \(names)"))
        }
        return value
    }
}

extension JSONWriter {
    /// A member that is left out when nil.
    public mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    /// A member that is left out when nil.
    public mutating func member(_ name: StaticString, _ value: RawJSON?) {
        guard let value else { return }
        key(name)
        raw(value.bytes)
    }
}

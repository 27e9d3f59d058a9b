// What one turn of a grouping processor changed: one message of the commit log.

/// Why an alert changed, with the event that made it so.
public struct Transition: Sendable, Equatable {
    /// What happened to the alert.
    public enum Kind: String, Sendable, CaseIterable {
        case created, reactivated, updated
        case resolveRequested = "resolve_requested"
        case resolveWithdrawn = "resolve_withdrawn"
        case resolved, acknowledged
        /// A reactivated child joined another parent than before.
        case moved
    }

    public var kind: Kind
    /// The state machine's time.
    public var at: Timestamp
    public var eventID: String
    /// The dedup key the event named, where it is another alert's: a last child resolves its parent.
    public var causedBy: String?
    /// In words: what changed in an update (`severity medium -> high`), and what brought it about where that is known.
    public var note: String?

    /// A transition caused by `event`.
    public init(_ kind: Kind, at: Timestamp, eventID: String, causedBy: String? = nil, note: String? = nil) {
        self.kind = kind
        self.at = at
        self.eventID = eventID
        self.causedBy = causedBy
        self.note = note
    }
}

/// The new state of one alert and how it came about.
public struct AlertChange: Sendable, Equatable {
    /// The state after the turn.
    public var alert: Alert
    /// Whether `alert` carries `details` and `links`; otherwise they are as in the version before.
    public var hasPayload: Bool
    /// In order; empty when only counters, times or deadlines moved.
    public var transitions: [Transition]

    /// A change of `alert`.
    public init(alert: Alert, hasPayload: Bool, transitions: [Transition]) {
        self.alert = alert
        self.hasPayload = hasPayload
        self.transitions = transitions
    }
}

/// One message of `argus.alerts.<partition>`.
public struct Commit: Sendable, Equatable {
    public var partition: Int
    /// Who wrote it.
    public var owner: String
    /// The sequence in the partition's event stream up to which events are contained.
    public var inputSequence: UInt64
    /// How many events of the message after that are contained as well: not 0 only where one message changes more than a commit holds.
    public var inputOffset = 0
    /// The state machine's clock after the turn.
    public var clock: Timestamp
    /// The ordinal of the next alert.
    public var nextOrdinal: Int64
    public var changes: [AlertChange]

    /// A commit.
    public init(partition: Int, owner: String, inputSequence: UInt64, clock: Timestamp, nextOrdinal: Int64, changes: [AlertChange]) {
        self.partition = partition
        self.owner = owner
        self.inputSequence = inputSequence
        self.clock = clock
        self.nextOrdinal = nextOrdinal
        self.changes = changes
    }
}

// MARK: - JSON

extension Commit {
    /// The message's payload.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + changes.count * 640)
        writer.beginObject()
        writer.integer("partition", partition)
        writer.string("owner", owner)
        writer.integer("input_sequence", inputSequence)
        if inputOffset > 0 {
            writer.integer("input_offset", inputOffset)
        }
        writer.integer("clock", clock.milliseconds)
        writer.integer("next_ordinal", nextOrdinal)
        writer.key("changes")
        writer.beginArray()
        for change in changes { change.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `encoded()` made.
    public init(_ payload: [UInt8]) throws {
        self.init(partition: -1, owner: "", inputSequence: 0, clock: Timestamp(milliseconds: 0), nextOrdinal: 0, changes: [])
        try JSONReader.read(payload) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "partition": partition = Int(try reader.readInteger())
                case "owner": owner = try reader.readString()
                case "input_sequence": inputSequence = UInt64(clamping: try reader.readInteger())
                case "input_offset": inputOffset = Int(try reader.readInteger())
                case "clock": clock = try reader.readMilliseconds()
                case "next_ordinal": nextOrdinal = try reader.readInteger()
                case "changes": try reader.readArray { reader, _ in changes.append(try AlertChange(from: &reader)) }
                default: try reader.skipValue()
                }
            }
            guard partition >= 0 else { throw reader.error(.wrongType(expected: "a commit with a partition")) }
        }
    }
}

extension AlertChange {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("alert")
        alert.writeRecord(to: &writer, payload: hasPayload)
        if hasPayload {
            writer.bool("payload", true)
        }
        if !transitions.isEmpty {
            writer.key("transitions")
            writer.beginArray()
            for transition in transitions { transition.write(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }

    init(from reader: inout JSONReader) throws {
        var alert: Alert?
        var hasPayload = false
        var transitions: [Transition] = []
        try reader.readObject { reader, key in
            switch key {
            case "alert": alert = try Alert(record: &reader)
            case "payload": hasPayload = try reader.readBool()
            case "transitions": try reader.readArray { reader, _ in transitions.append(try Transition(from: &reader)) }
            default: try reader.skipValue()
            }
        }
        guard let alert else { throw reader.error(.wrongType(expected: "a change with an alert")) }
        self.init(alert: alert, hasPayload: hasPayload, transitions: transitions)
    }
}

extension Transition {
    /// Appends the transition; absent fields are left out.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("type", kind.rawValue)
        writer.integer("at", at.milliseconds)
        writer.string("event_id", eventID)
        writer.member("caused_by", causedBy)
        writer.member("note", note)
        writer.endObject()
    }

    init(from reader: inout JSONReader) throws {
        self.init(.updated, at: Timestamp(milliseconds: 0), eventID: "")
        try reader.readObject { reader, key in
            switch key {
            case "type": kind = try reader.readCase()
            case "at": at = try reader.readMilliseconds()
            case "event_id": eventID = try reader.readString()
            case "caused_by": causedBy = try reader.readString()
            case "note": note = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

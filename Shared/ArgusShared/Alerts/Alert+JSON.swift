// The JSON of an alert: public form for the API, full form for commits and snapshots.

extension Alert {
    /// Appends the alert as the API shows it: every public field, absent ones as `null`, times in RFC 3339.
    ///
    /// - Parameter payload: Whether `details` and `links` are included.
    public func writePublic(to writer: inout JSONWriter, payload: Bool = true) {
        writer.beginObject()
        writer.string("id", id)
        writer.string("dedupKey", dedupKey)
        writer.string("event_manager_id", managerID)
        writer.string("summary", summary)
        writer.string("severity", severity.rawValue)
        writer.string("class", `class`)
        writer.string("source", source)
        writer.string("component", component)
        if payload {
            writer.raw("details", details)
            writer.raw("links", links)
        }
        writer.string("type", kind.rawValue)
        writer.string("status", status.rawValue)
        writer.string("parent_id", parentID)
        writer.string("parent_dedupKey", parentDedupKey)
        writer.integer("child_count", childCount)
        writer.integer("active_child_count", activeChildCount)
        writer.integer("event_count", eventCount)
        writer.bool("resolve_requested", resolveRequested)
        writer.string("grouping_value", groupingValue)
        writer.timestamp("created_at", createdAt)
        writer.timestamp("updated_at", updatedAt)
        writer.timestamp("resolved_at", resolvedAt)
        writer.timestamp("acknowledged_at", acknowledgedAt)
        writer.string("acknowledged_by", acknowledgedBy)
        writer.endObject()
    }

    /// Appends the alert as commits and snapshots hold it: absent fields left out, times in milliseconds.
    ///
    /// - Parameter payload: Whether `details` and `links` are included.
    public func writeRecord(to writer: inout JSONWriter, payload: Bool = true) {
        writer.beginObject()
        writer.string("id", id)
        writer.string("dedupKey", dedupKey)
        writer.string("event_manager_id", managerID)
        writer.string("summary", summary)
        writer.string("severity", severity.rawValue)
        writer.member("class", `class`)
        writer.member("source", source)
        writer.member("component", component)
        if payload {
            writer.member("details", details)
            writer.member("links", links)
        }
        writer.string("type", kind.rawValue)
        writer.string("status", status.rawValue)
        writer.member("parent_id", parentID)
        writer.member("parent_dedupKey", parentDedupKey)
        writer.integer("child_count", childCount)
        writer.integer("active_child_count", activeChildCount)
        writer.integer("event_count", eventCount)
        if resolveRequested {
            writer.bool("resolve_requested", true)
        }
        writer.member("grouping_value", groupingValue)
        writer.member("rule_id", ruleID)
        writer.integer("window", window)
        writer.integer("created_at", createdAt.milliseconds)
        writer.integer("updated_at", updatedAt.milliseconds)
        writer.member("resolved_at", resolvedAt)
        writer.member("acknowledged_at", acknowledgedAt)
        writer.member("acknowledged_by", acknowledgedBy)
        writer.member("expires_at", expiresAt)
        writer.integer("version", version)
        writer.integer("ordinal", ordinal)
        writer.endObject()
    }

    /// Reads what `writeRecord(to:)` wrote.
    public init(record reader: inout JSONReader) throws {
        let zero = Timestamp(milliseconds: 0)
        self.init(openedBy: AlertEvent(id: "", action: .trigger, managerID: "", dedupKey: "", receivedAt: zero), at: zero, ordinal: 0)
        try reader.readObject { reader, key in
            switch key {
            case "id": id = try reader.readString()
            case "dedupKey": dedupKey = try reader.readString()
            case "event_manager_id": managerID = try reader.readString()
            case "summary": summary = try reader.readString()
            case "severity": severity = try reader.readCase()
            case "class": `class` = try reader.readString()
            case "source": source = try reader.readString()
            case "component": component = try reader.readString()
            case "details": details = try reader.readRaw()
            case "links": links = try reader.readRaw()
            case "type": kind = try reader.readCase()
            case "status": status = try reader.readCase()
            case "parent_id": parentID = try reader.readString()
            case "parent_dedupKey": parentDedupKey = try reader.readString()
            case "child_count": childCount = Int(try reader.readInteger())
            case "active_child_count": activeChildCount = Int(try reader.readInteger())
            case "event_count": eventCount = try reader.readInteger()
            case "resolve_requested": resolveRequested = try reader.readBool()
            case "grouping_value": groupingValue = try reader.readString()
            case "rule_id": ruleID = try reader.readString()
            case "window": window = try reader.readInteger()
            case "created_at": createdAt = try reader.readMilliseconds()
            case "updated_at": updatedAt = try reader.readMilliseconds()
            case "resolved_at": resolvedAt = try reader.readMilliseconds()
            case "acknowledged_at": acknowledgedAt = try reader.readMilliseconds()
            case "acknowledged_by": acknowledgedBy = try reader.readString()
            case "expires_at": expiresAt = try reader.readMilliseconds()
            case "version": version = try reader.readInteger()
            case "ordinal": ordinal = try reader.readInteger()
            default: try reader.skipValue()
            }
        }
        guard !id.isEmpty else { throw reader.error(.wrongType(expected: "an alert with an id")) }
    }
}

extension JSONReader {
    mutating func readMilliseconds() throws -> Timestamp {
        Timestamp(milliseconds: try readInteger())
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ value: Timestamp?) {
        guard let value else { return }
        key(name)
        integer(value.milliseconds)
    }
}

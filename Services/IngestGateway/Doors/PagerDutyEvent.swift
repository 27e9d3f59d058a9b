// An event of the PagerDuty Events API v2, as its public clients send it.

import ArgusShared

/// One event of the Events API v2 and what is wrong with it, in that API's words.
struct PagerDutyEvent {
    private(set) var routingKey: String?
    private var action: AlertEvent.Action?
    private var dedupKey: String?
    private var client: String?
    private var payload = Payload()
    private var hasPayload = false
    private var links: RawJSON?
    /// Members of `details` of our making, in order.
    private var extras: [(name: String, value: RawJSON)] = []
    private var fields = FieldReader()

    private struct Payload {
        var summary: String?
        var source: String?
        var severity: Severity?
        var component: String?
        var `class`: String?
        var occurredAt: Timestamp?
        var customDetails: RawJSON?
    }

    private static let refusedActions: [AlertEvent.Action] = [.tick]

    /// Reads one object; members it does not know are passed over, as the original does.
    init(from reader: inout JSONReader) throws {
        guard try reader.peek() == .object else {
            try reader.skipValue()
            fields.report(.wrongType("event", expected: "an object"))
            return
        }
        try reader.readObject { reader, key in
            switch key {
            case "routing_key": routingKey = try fields.string(&reader, "routing_key", limit: EventLimits.label)
            case "event_action": action = try fields.choice(&reader, "event_action", excluding: Self.refusedActions)
            case "dedup_key": dedupKey = try fields.string(&reader, "dedup_key", limit: EventLimits.dedupKey)
            case "client":
                client = try fields.string(&reader, "client")?.nilIfEmpty
                if let client { extras.append(("client", RawJSON(.string(client)))) }
            case "client_url": try keepString(&reader, "client_url", as: "client_url")
            case "links": links = try fields.raw(&reader, "links", kind: .array, limit: EventLimits.links)
            case "images":
                if let images = try fields.raw(&reader, "images", kind: .array, limit: EventLimits.links) {
                    extras.append(("images", images))
                }
            case "payload": try readPayload(&reader)
            default: try reader.skipValue()
            }
        }
    }

    private mutating func readPayload(_ reader: inout JSONReader) throws {
        guard try reader.peek() == .object else {
            let isNull = try reader.peek() == .null
            try reader.skipValue()
            if !isNull { fields.report(.wrongType("payload", expected: "an object")) }
            return
        }
        hasPayload = true
        try reader.readObject { reader, key in
            switch key {
            case "summary": payload.summary = try fields.string(&reader, "payload.summary")?.truncated(to: EventLimits.summary)
            case "source": payload.source = try fields.string(&reader, "payload.source")?.truncated(to: EventLimits.label)
            case "severity":
                guard let level = try fields.choice(&reader, "payload.severity") as PagerDutySeverity? else { return }
                payload.severity = level.severity
                extras.append(("severity", RawJSON(.string(level.rawValue))))
            case "component": payload.component = try fields.string(&reader, "payload.component")?.truncated(to: EventLimits.label)
            case "class": payload.class = try fields.string(&reader, "payload.class")?.truncated(to: EventLimits.label)
            case "group": try keepString(&reader, "payload.group", as: "group")
            case "timestamp": try readTimestamp(&reader)
            case "custom_details":
                payload.customDetails = try fields.raw(&reader, "payload.custom_details", kind: nil, limit: EventLimits.details)
            default: try reader.skipValue()
            }
        }
    }

    private mutating func keepString(_ reader: inout JSONReader, _ field: String, as name: String) throws {
        guard let value = try fields.string(&reader, field)?.nilIfEmpty else { return }
        extras.append((name, RawJSON(.string(value))))
    }

    /// Clients write many forms of ISO 8601 here; what is none of them is kept in `details` and is no reason to refuse an alert.
    private mutating func readTimestamp(_ reader: inout JSONReader) throws {
        let isString = try reader.peek() == .string
        let raw = try reader.readRaw()
        guard isString, let text = try raw.value().stringValue else { return }
        payload.occurredAt = Timestamp(iso8601: text)
        if payload.occurredAt == nil, !raw.containsNUL { extras.append(("timestamp", raw)) }
    }

    /// The event for `managerID`, or everything that is wrong. The grouping is still missing.
    consuming func finish(managerID: String, receivedAt: Timestamp) -> Result<AlertEvent, InvalidEvent> {
        validate()
        guard fields.problems.isEmpty, let action else { return .failure(InvalidEvent(problems: fields.problems)) }
        let id = Identifier.make(at: receivedAt)
        var event = AlertEvent(
            id: id, action: action, managerID: managerID, dedupKey: dedupKey?.nilIfEmpty ?? id, receivedAt: receivedAt)
        if action == .acknowledge { event.actor = client?.truncated(to: EventLimits.actor) }
        guard action == .trigger else { return .success(event) }
        event.summary = payload.summary ?? ""
        event.severity = payload.severity ?? .low
        event.class = payload.class?.nilIfEmpty
        event.source = payload.source
        event.component = payload.component?.nilIfEmpty
        event.occurredAt = payload.occurredAt
        event.links = links
        event.details = makeDetails()
        return .success(event)
    }

    private mutating func validate() {
        require(routingKey, "routing_key")
        require(action, "event_action")
        guard let action else { return }
        guard action == .trigger else {
            fields.keepProblems(of: ["routing_key", "event_action", "dedup_key"])
            return require(dedupKey, "dedup_key")
        }
        guard hasPayload else { return require(nil as String?, "payload") }
        require(payload.summary, "payload.summary")
        require(payload.source, "payload.source")
        require(payload.severity, "payload.severity")
    }

    private mutating func require(_ value: (some Equatable)?, _ field: String) {
        let isBlank = (value as? String)?.allSatisfy(\.isWhitespace) ?? false
        guard value == nil || isBlank, !fields.problems.contains(where: { $0.field == field || $0.field == "event" }) else { return }
        fields.report(.missing(field))
    }

    /// The custom details' own members first, as they were written; then ours, under another name where that one is taken.
    private func makeDetails() -> RawJSON? {
        var writer = JSONWriter()
        var taken: Set<String> = []
        writer.beginObject()
        if let custom = payload.customDetails {
            // The text was checked when it came in, so reading it does not fail.
            let names = try? JSONReader.read(custom.bytes) { try Self.copyMembers(from: &$0, to: &writer) }
            taken = names ?? []
        }
        guard !taken.isEmpty || !extras.isEmpty else { return nil }
        for (name, value) in extras {
            writer.key(taken.contains(name) ? "pagerduty_" + name : name)
            writer.raw(value.bytes)
        }
        writer.endObject()
        return RawJSON(written: writer)
    }

    /// Copies an object's members; anything else becomes the one member `custom_details`. Returns the names.
    private static func copyMembers(from reader: inout JSONReader, to writer: inout JSONWriter) throws -> Set<String> {
        var names: Set<String> = []
        guard try reader.peek() == .object else {
            writer.raw("custom_details", try reader.readRaw().bytes)
            return ["custom_details"]
        }
        try reader.readObject { reader, key in
            names.insert(key.string)
            writer.key(key.string)
            writer.raw(try reader.readRaw().bytes)
        }
        return names
    }
}

/// The severities of the Events API.
enum PagerDutySeverity: String, CaseIterable {
    case critical, warning, error, info

    /// Ours.
    var severity: Severity {
        switch self {
        case .critical, .error: .high
        case .warning: .medium
        case .info: .low
        }
    }
}

// An event of the /v1 doors as it came, before it is known to be complete.

import ArgusShared

/// The members of one /v1 event, and everything that is wrong with them. Members it does not know are passed over, so that clients may
/// send what a later version understands.
struct EventDraft {
    private var managerID: String?
    private var action: AlertEvent.Action?
    private var dedupKey: String?
    private var summary: String?
    private var severity: Severity?
    private var `class`: String?
    private var source: String?
    private var component: String?
    private var details: RawJSON?
    private var links: RawJSON?
    private var occurredAt: Timestamp?
    private var fields = FieldReader()

    private static let refusedActions: [AlertEvent.Action] = [.acknowledge, .tick]
    private static let resolveFields: Set<String> = ["event_manager_id", "action", "dedupKey"]

    /// Reads one object.
    init(from reader: inout JSONReader) throws {
        guard try reader.peek() == .object else {
            try reader.skipValue()
            fields.report(.wrongType("event", expected: "an object"))
            return
        }
        try reader.readObject { reader, key in
            switch key {
            case "event_manager_id": managerID = try fields.string(&reader, "event_manager_id", limit: EventLimits.label)
            case "action": action = try fields.choice(&reader, "action", excluding: Self.refusedActions)
            case "dedupKey": dedupKey = try fields.string(&reader, "dedupKey", limit: EventLimits.dedupKey)
            case "summary": summary = try fields.string(&reader, "summary", limit: EventLimits.summary)
            case "severity": severity = try fields.choice(&reader, "severity")
            case "class": `class` = try fields.string(&reader, "class", limit: EventLimits.label)
            case "source": source = try fields.string(&reader, "source", limit: EventLimits.label)
            case "component": component = try fields.string(&reader, "component", limit: EventLimits.label)
            case "details": details = try fields.raw(&reader, "details", kind: .object, limit: EventLimits.details)
            case "links": links = try fields.raw(&reader, "links", kind: .array, limit: EventLimits.links)
            case "timestamp": occurredAt = try fields.timestamp(&reader, "timestamp")
            default: try reader.skipValue()
            }
        }
    }

    /// The event, if nothing is wrong; otherwise everything that is. The grouping is still missing.
    consuming func finish(receivedAt: Timestamp) -> Result<AlertEvent, InvalidEvent> {
        let isResolve = action == .resolve
        // A resolve carries nothing else, so nothing else can be a reason to lose it.
        if isResolve, !fields.problems.isEmpty { fields.keepProblems(of: Self.resolveFields) }
        require(managerID?.isEmpty == false, "event_manager_id")
        require(action != nil, "action")
        if isResolve {
            require(dedupKey?.isEmpty == false, "dedupKey")
        } else {
            require(summary?.isEmpty == false, "summary")
            require(severity != nil, "severity")
            require(`class`?.isEmpty == false, "class")
            if dedupKey?.isEmpty == true { fields.report(.invalid("dedupKey", "at least one character long")) }
        }
        guard fields.problems.isEmpty, let managerID, let action else { return .failure(InvalidEvent(problems: fields.problems)) }
        return .success(makeEvent(managerID: managerID, action: action, receivedAt: receivedAt))
    }

    /// Reports `field` as missing unless it is there or was reported already.
    private mutating func require(_ isPresent: Bool, _ field: String) {
        guard !isPresent, !fields.problems.contains(where: { $0.field == field || $0.field == "event" }) else { return }
        fields.report(.missing(field))
    }

    private func makeEvent(managerID: String, action: AlertEvent.Action, receivedAt: Timestamp) -> AlertEvent {
        let id = Identifier.make(at: receivedAt)
        var event = AlertEvent(id: id, action: action, managerID: managerID, dedupKey: dedupKey ?? id, receivedAt: receivedAt)
        guard action == .trigger else { return event }
        event.summary = summary ?? ""
        event.severity = severity ?? .low
        event.class = `class`
        event.source = source?.nilIfEmpty
        event.component = component?.nilIfEmpty
        event.details = details
        event.links = links
        event.occurredAt = occurredAt
        return event
    }
}

/// An event that cannot be taken, with every reason.
struct InvalidEvent: Error, Equatable {
    /// Never empty.
    var problems: [FieldProblem]

    /// All reasons in one sentence.
    var message: String {
        problems.map(\.message).joined(separator: "; ")
    }
}

extension String {
    /// Nil in place of the empty string.
    var nilIfEmpty: String? {
        isEmpty ? nil : self
    }
}

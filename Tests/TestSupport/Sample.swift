// Alerts, managers and commits that tests make up.

public import ArgusShared

/// Parts of the model with plausible contents.
public enum Sample {
    /// A manager named after its identifier.
    public static func manager(_ id: String) -> EventManager {
        let zero = Timestamp(milliseconds: 0)
        return EventManager(id: id, name: "Manager \(id)", routingKey: "key of \(id)", createdAt: zero, updatedAt: zero)
    }

    /// An active parent, opened at `time`.
    public static func alert(
        _ id: String, key: String? = nil, manager: String = "m", at time: Int64 = 1_000, severity: Severity = .high,
        class: String? = "infra", summary: String? = nil, details: String? = nil
    ) -> Alert {
        var event = AlertEvent(
            id: id, action: .trigger, managerID: manager, dedupKey: key ?? "key \(id)", receivedAt: Timestamp(milliseconds: time))
        event.summary = summary ?? "Summary of \(id)"
        event.severity = severity
        event.class = `class`
        event.details = details.flatMap { try? RawJSON(Array($0.utf8)) }
        event.grouping = Grouping(ruleID: "r", value: `class`, window: 1_800_000)
        return Alert(openedBy: event, at: Timestamp(milliseconds: time), ordinal: 0)
    }

    /// The change that opens an alert.
    public static func created(_ alert: Alert) -> AlertChange {
        AlertChange(alert: alert, hasPayload: true, transitions: [Transition(.created, at: alert.createdAt, eventID: alert.id)])
    }

    /// The alert's next version.
    public static func changed(_ alert: inout Alert, _ kind: Transition.Kind, at time: Int64, payload: Bool = false) -> AlertChange {
        alert.version += 1
        alert.updatedAt = Timestamp(milliseconds: time)
        switch kind {
        case .resolved:
            alert.status = .resolved
            alert.resolvedAt = alert.updatedAt
        case .reactivated:
            alert.status = .active
            alert.resolvedAt = nil
        default: break
        }
        return AlertChange(alert: alert, hasPayload: payload, transitions: [Transition(kind, at: alert.updatedAt, eventID: "e\(time)")])
    }

    /// A commit of changes.
    public static func commit(_ changes: [AlertChange], partition: Int = 0) -> Commit {
        Commit(
            partition: partition, owner: "test", inputSequence: 0, clock: changes.last?.alert.updatedAt ?? Timestamp(milliseconds: 0),
            nextOrdinal: 0, changes: changes)
    }
}

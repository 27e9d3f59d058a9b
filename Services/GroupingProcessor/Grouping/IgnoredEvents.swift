// Why an event changed nothing: counted for the metrics, no part of the state.

/// A reason for which an event changes nothing.
enum IgnoredReason: String, CaseIterable, Sendable {
    case resolveWithoutActiveAlert = "resolve_without_active_alert"
    case resolveAlreadyRequested = "resolve_already_requested"
    case acknowledgeWithoutActiveAlert = "acknowledge_without_active_alert"
    case acknowledgedAlready = "acknowledged_already"
    case repeatedUnchanged = "repeated_unchanged"
    case tickWithoutDeadline = "tick_without_deadline"
}

/// Ignored events by reason.
struct IgnoredEvents: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: IgnoredReason.allCases.count)

    subscript(reason: IgnoredReason) -> Int {
        get { counts[Self.index(of: reason)] }
        set { counts[Self.index(of: reason)] = newValue }
    }

    private static func index(of reason: IgnoredReason) -> Int {
        IgnoredReason.allCases.firstIndex(of: reason) ?? 0
    }
}

// Where the events of one manager go, and how they are grouped.

import ArgusShared

/// A manager as the doors need it.
struct EventTarget: Sendable {
    let managerID: String
    let partition: Int
    /// Nil for a manager without a rule: each alert is a parent of its own.
    let grouping: GroupingExtractor?

    /// Applies the rule to `event`.
    func group(_ event: inout AlertEvent) {
        guard event.action == .trigger, let grouping else { return }
        event.grouping = grouping.grouping(of: event)
    }
}

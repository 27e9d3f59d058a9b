// What a list or a stream of alerts is narrowed to.

import ArgusShared

/// The conditions of a list; nil and empty mean "any".
struct AlertFilter: Hashable, Sendable {
    var statuses: Set<Alert.Status> = []
    var kinds: Set<Alert.Kind> = []
    var severities: Set<Severity> = []
    var `class`: String?
    var managerID: String?
    /// Text within the summary, whatever the case of letters.
    var text: String?
    /// `updated_at` at or after it.
    var since: Timestamp?
    /// `updated_at` before it.
    var until: Timestamp?

    /// The facets that pass.
    var facets: [AlertFacet] {
        AlertFacet.all.filter { facet in
            (statuses.isEmpty || statuses.contains(facet.status)) && (kinds.isEmpty || kinds.contains(facet.kind))
                && (severities.isEmpty || severities.contains(facet.severity))
        }
    }

    /// Whether `alert` passes.
    func matches(_ alert: Alert) -> Bool {
        if !statuses.isEmpty, !statuses.contains(alert.status) { return false }
        if !kinds.isEmpty, !kinds.contains(alert.kind) { return false }
        if !severities.isEmpty, !severities.contains(alert.severity) { return false }
        if let managerID, alert.managerID != managerID { return false }
        if let `class`, alert.class != `class` { return false }
        if let since, alert.updatedAt < since { return false }
        if let until, alert.updatedAt >= until { return false }
        if let text, !alert.summary.lowercased().contains(text.lowercased()) { return false }
        return true
    }

    /// A number that differs, most probably, between different filters, and is the same in every process.
    var fingerprint: UInt32 {
        let parts: [String] = [
            statuses.map(\.rawValue).sorted().joined(separator: ","), kinds.map(\.rawValue).sorted().joined(separator: ","),
            severities.map(\.rawValue).sorted().joined(separator: ","), `class` ?? "\u{0}", managerID ?? "\u{0}", text ?? "\u{0}",
            since.map { "\($0.milliseconds)" } ?? "", until.map { "\($0.milliseconds)" } ?? "",
        ]
        return Partitioning.fnv1a(parts.joined(separator: "\u{1}"))
    }
}

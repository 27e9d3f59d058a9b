// Status, type and severity of an alert as one small number: what lists are filtered and counted by.

import ArgusShared

/// One of the twelve combinations of status, type and severity.
///
/// An index that begins with it serves every choice of these three filters: a list merges at most twelve ordered runs.
struct AlertFacet: Hashable, Comparable, Sendable {
    /// `status * 6 + type * 3 + severity`, where active, parent and high are the higher ones.
    let rawValue: Int64

    /// All of them.
    static let all = (0..<12).map { AlertFacet(rawValue: Int64($0)) }

    private static let severities: [Severity] = [.low, .medium, .high]

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    init(status: Alert.Status, kind: Alert.Kind, severity: Severity) {
        rawValue = (status == .active ? 6 : 0) + (kind == .parent ? 3 : 0) + Self.rank(of: severity)
    }

    init(of alert: Alert) {
        self.init(status: alert.status, kind: alert.kind, severity: alert.severity)
    }

    var status: Alert.Status { rawValue >= 6 ? .active : .resolved }
    var kind: Alert.Kind { rawValue % 6 >= 3 ? .parent : .child }
    var severity: Severity { Self.severities[Int(severityRank)] }
    /// 0 for low to 2 for high.
    var severityRank: Int64 { rawValue % 3 }

    static func rank(of severity: Severity) -> Int64 {
        switch severity {
        case .low: 0
        case .medium: 1
        case .high: 2
        }
    }

    static func < (left: AlertFacet, right: AlertFacet) -> Bool {
        left.rawValue < right.rawValue
    }
}

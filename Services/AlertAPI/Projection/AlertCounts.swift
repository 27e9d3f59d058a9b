// Counts of alerts by manager, facet and class, kept with the alerts: totals of lists cost the same over ten alerts and over millions.

import ArgusShared
import ArgusStorage

/// Changes to the table `alert_counts`.
struct AlertCounts {
    private struct Key: Hashable {
        let managerID: String
        let facet: AlertFacet
        let `class`: String
    }

    private var changes: [Key: Int64] = [:]

    /// Counts an alert in (`by: 1`) or out (`by: -1`).
    mutating func count(managerID: String, facet: AlertFacet, class: String?, by amount: Int64) {
        changes[Key(managerID: managerID, facet: facet, class: `class` ?? ""), default: 0] += amount
    }

    /// Writes what was counted.
    func apply(to connection: any SQLConnection) throws {
        let changed = changes.filter { $0.value != 0 }
        guard !changed.isEmpty else { return }
        // In one order everywhere, so that two transactions never wait for each other.
        let rows = changed.map { key, amount in
            (key, [SQLValue.text(key.managerID), .integer(key.facet.rawValue), .text(key.class), .integer(amount)])
        }.sorted { ($0.0.managerID, $0.0.facet, $0.0.class) < ($1.0.managerID, $1.0.facet, $1.0.class) }
        try connection.insert(
            into: "alert_counts", columns: ["event_manager_id", "facet", "class", "n"], rows: rows.map(\.1),
            conflict: .update(on: ["event_manager_id", "facet", "class"], set: [], expressions: ["n = alert_counts.n + excluded.n"]))
        for (key, amount) in changed where amount < 0 {
            try connection.execute(
                "DELETE FROM alert_counts WHERE event_manager_id = ? AND facet = ? AND class = ? AND n <= 0",
                [.text(key.managerID), .integer(key.facet.rawValue), .text(key.class)])
        }
    }
}

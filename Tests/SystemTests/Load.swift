// A stream of events with distinct keys whose fate is remembered.

import ArgusShared
import Foundation
import Synchronization
import TestSupport

/// Keys of probes, which may be posted more than once, begin with this.
let probePrefix = "probe-"

/// What became of every event that was posted.
final class Ledger: Sendable {
    private struct Entries {
        var accepted: [String: [String]] = [:]
        var uncertain: [String: Set<String>] = [:]
    }

    private let entries = Mutex(Entries())

    var acceptedCount: Int { entries.withLock { $0.accepted.values.reduce(0) { $0 + $1.count } } }

    func accepted(manager: String) -> [String] {
        entries.withLock { $0.accepted[manager] ?? [] }
    }

    func uncertain(manager: String) -> Set<String> {
        entries.withLock { $0.uncertain[manager] ?? [] }
    }

    func record(_ key: String, manager: String, accepted: Bool) {
        entries.withLock {
            if accepted {
                $0.accepted[manager, default: []].append(key)
            } else {
                $0.uncertain[manager, default: []].insert(key)
            }
        }
    }
}

/// Posts events with distinct keys until cancelled; an answer other than 202, or none, makes an event uncertain.
func postUntilCancelled(to gateways: [String], teams: [Team], workers: Int = 16, into ledger: Ledger) async {
    await withTaskGroup(of: Void.self) { group in
        for worker in 0..<workers {
            group.addTask {
                var number = 0
                while !Task.isCancelled {
                    number += 1
                    let team = teams[(worker + number) % teams.count]
                    let key = "w\(worker)-\(number)"
                    let body = team.event(key: key, class: "class-\(number % 7)")
                    let answer = try? await HTTP.post(gateways[(worker + number) % gateways.count] + "/v1/events", body)
                    ledger.record(key, manager: team.id, accepted: answer?.status == 202)
                    if answer == nil { try? await Task.sleep(for: .milliseconds(20)) }
                }
            }
        }
    }
}

/// Every accepted event is there and counted once; of the uncertain ones each is there once or not at all; nothing else is there.
func checkLedger(_ ledger: Ledger, teams: [Team], api: String) async throws {
    for team in teams {
        let accepted = ledger.accepted(manager: team.id)
        try await eventually("all accepted events of \(team.id) show", within: .seconds(30)) {
            let alerts = try await allAlerts(api: api, manager: team.id)
            return accepted.allSatisfy { alerts[$0] != nil }
        }
        let alerts = try await allAlerts(api: api, manager: team.id)
        let known = Set(accepted).union(ledger.uncertain(manager: team.id))
        for (key, alert) in alerts where !key.hasPrefix(probePrefix) {
            guard known.contains(key) else { throw TestSupportError("\(key) was never posted") }
            guard alert["event_count"]?.integerValue == 1 else { throw TestSupportError("\(key) was applied more than once") }
        }
        try checkFamilies(alerts)
    }
}

/// Counts equal a recount, and children have an active parent of their own group while they are active.
func checkFamilies(_ alerts: [String: JSONValue]) throws {
    var children: [String: Int64] = [:]
    var active: [String: Int64] = [:]
    let byID = Dictionary(uniqueKeysWithValues: alerts.values.compactMap { alert in alert["id"]?.stringValue.map { ($0, alert) } })
    for alert in alerts.values {
        guard alert["type"]?.stringValue == "child" else { continue }
        guard let parentID = alert["parent_id"]?.stringValue, let parent = byID[parentID] else {
            throw TestSupportError("an orphan: \(alert)")
        }
        guard parent["type"]?.stringValue == "parent", parent["grouping_value"] == alert["grouping_value"] else {
            throw TestSupportError("a child under a strange parent: \(alert)")
        }
        children[parentID, default: 0] += 1
        guard alert["status"]?.stringValue == "active" else { continue }
        active[parentID, default: 0] += 1
        guard parent["status"]?.stringValue == "active" else { throw TestSupportError("an active child under a resolved parent: \(alert)") }
    }
    for (id, alert) in byID {
        guard alert["child_count"]?.integerValue == children[id] ?? 0, alert["active_child_count"]?.integerValue == active[id] ?? 0 else {
            throw TestSupportError("counts of \(id) are wrong: \(alert)")
        }
    }
}

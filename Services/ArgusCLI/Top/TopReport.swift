// What the dashboard shows, as JSON.

import ArgusShared

/// A settled model for programs.
struct TopReport {
    let model: TopModel
    let now: Timestamp

    /// `processes` as `argus process list --json` has them, `alerts` with their `children`, `events` the newest first as on the bus, `rates`
    /// per second; what is not known is left out, and `alerts_error` says why.
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("timestamp", .string(now.rfc3339)), .init("processes", processes),
            .init("processes_sampled_at", model.processes.sampledAt.map { .string($0.rfc3339) } ?? .null),
        ]
        if let failure = model.alertFailure {
            members.append(.init("alerts_error", .string(failure)))
        } else {
            members += [.init("alerts", alerts), .init("alerts_total", .integer(Int64(model.alerts.count)))]
        }
        let events = model.eventList.compactMap { try? JSONValue(parsing: $0.event.json) }
        members += [.init("events", .array(events)), .init("rates", rates)]
        if let backlog = model.rates.backlog {
            let waiting: [JSONValue.Member] = [
                .init("event_batches", .integer(Int64(clamping: backlog.events))),
                .init("telemetry_messages", .integer(Int64(clamping: backlog.telemetry))),
            ]
            members.append(.init("waiting", .object(waiting)))
        }
        return .object(members)
    }

    private var processes: JSONValue {
        let items = model.processList.map {
            ProcessSample.Process(state: $0.state, age: .milliseconds($0.uptime(at: now) ?? 0))
        }
        let sample = try? JSONValue(parsing: ProcessSample(instance: "", at: now, processes: items).json)
        return sample?["processes"] ?? .array([])
    }

    private var alerts: JSONValue {
        var roots: [(alert: TopAlert, children: [JSONValue])] = []
        for line in model.alertList {
            if line.isChild, !roots.isEmpty {
                roots[roots.count - 1].children.append(.object(Self.members(line.alert)))
            } else {
                roots.append((line.alert, []))
            }
        }
        return .array(roots.map { .object(Self.members($0.alert) + [.init("children", .array($0.children))]) })
    }

    private static func members(_ alert: TopAlert) -> [JSONValue.Member] {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        return [
            .init("id", .string(alert.id)), .init("dedupKey", .string(alert.key)), .init("event_manager_id", .string(alert.manager)),
            .init("summary", .string(alert.summary)), .init("severity", .string(alert.severity.rawValue)),
            .init("parent_id", text(alert.parentID)), .init("child_count", .integer(Int64(alert.childCount))),
            .init("active_child_count", .integer(Int64(alert.activeChildCount))), .init("event_count", .integer(alert.eventCount)),
            .init("created_at", .string(alert.createdAt.rfc3339)), .init("updated_at", .string(alert.updatedAt.rfc3339)),
            .init("acknowledged", .bool(alert.isAcknowledged)), .init("acknowledged_by", text(alert.acknowledgedBy)),
        ]
    }

    private var rates: JSONValue {
        .object(
            Rates.Subject.allCases.compactMap { subject in
                model.rates.perSecond(subject, at: now).map { .init(subject.rawValue, .number(($0 * 1000).rounded() / 1000)) }
            })
    }
}

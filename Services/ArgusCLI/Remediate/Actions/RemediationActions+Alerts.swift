// Alerts about processes: raised and resolved through the edge.

import ArgusShared

extension RemediationActions {
    private static let summaryLength = 500
    /// Of 255 bytes that ingest-gateway takes; some are for what may be appended.
    private static let keyLength = 230

    /// Tells people that a policy has given up, or that its process has recovered.
    func tell(_ decision: RemediationDecision, _ policy: RemediationPolicy) async -> Telling {
        let process = "\(decision.namespace)/\(decision.process)"
        if isDryRun { return .nobody("dry run: no alert about \(process)") }
        guard manager(policy) != nil else {
            return .nobody("nobody is told about \(process): no event manager is named, neither in the policy file nor by --manager")
        }
        do {
            let text =
                decision.kind == .recovered
                ? try await resolve(decision, policy) : try await raise(decision, policy, key: Self.alertKey(decision))
            return .told(text)
        } catch let error as CommandLineError {
            return .failed(error.message)
        } catch {
            return .failed("\(error)")
        }
    }

    /// Raises an alert; returns what was done.
    func raise(_ decision: RemediationDecision, _ policy: RemediationPolicy, key: String) async throws -> String {
        guard let manager = manager(policy) else { throw CommandLineError(.failure, "no event manager is named") }
        let process = "\(decision.namespace)/\(decision.process)"
        let standard = decision.kind == .gaveUp ? "\(process): \(decision.action.rawValue) was given up: \(decision.reason)" : nil
        let summary = standard ?? policy.alert.summary ?? "\(process) \(RemediationEngine.text(decision.trigger))"
        let members: [JSONValue.Member] = [
            .init("event_manager_id", .string(manager)), .init("action", .string("trigger")),
            .init("summary", .string(String(summary.prefix(Self.summaryLength)))),
            .init("severity", .string(policy.alert.severity.rawValue)), .init("class", .string(policy.alert.eventClass)),
            .init("dedupKey", .string(key)), .init("source", .string("argus remediate")), .init("component", .string(process)),
            .init("details", details(decision)),
        ]
        _ = try await edge.call(.post, .gateway, Send.path, body: .object(members))
        return "event manager \(manager) was told"
    }

    private func resolve(_ decision: RemediationDecision, _ policy: RemediationPolicy) async throws -> String {
        guard let manager = manager(policy) else { throw CommandLineError(.failure, "no event manager is named") }
        let members: [JSONValue.Member] = [
            .init("event_manager_id", .string(manager)), .init("action", .string("resolve")),
            .init("dedupKey", .string(Self.alertKey(decision))),
        ]
        _ = try await edge.call(.post, .gateway, Send.path, body: .object(members))
        return "event manager \(manager) was told that it is over"
    }

    /// The dedup key of the alert about a policy's giving up on a process.
    static func alertKey(_ decision: RemediationDecision) -> String {
        let key = "remediate/\(decision.set)/\(decision.policy)/\(decision.namespace)/\(decision.process)"
        guard key.utf8.count > keyLength else { return key }
        return "remediate/\(decision.set)/\(decision.policy)/\(String(Partitioning.fnv1a(key), radix: 16))"
    }

    private func manager(_ policy: RemediationPolicy) -> String? {
        policy.alert.manager ?? set.manager
    }

    private func details(_ decision: RemediationDecision) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("process", .string(decision.process)), .init("namespace", .string(decision.namespace)),
            .init("policy", .string(decision.policy)), .init("action", .string(decision.action.rawValue)),
            .init("attempts", .integer(Int64(decision.attempt))), .init("max_attempts", .integer(Int64(decision.maximumAttempts))),
            .init("event_type", .string(decision.trigger.kind.rawValue)),
            .init("event_timestamp", .string(decision.trigger.timestamp.rfc3339)),
            .init("event_sequence", .integer(Int64(clamping: decision.trigger.sequence))),
        ]
        if let code = decision.trigger.exitCode { members.append(.init("exit_code", .integer(code))) }
        return .object(members)
    }
}

// An observation as runs are made of it: what its data says, whoever wrote it.

import ArgusShared

/// How a run or an attempt stands.
enum RunStatus: String, Sendable, CaseIterable {
    case running, succeeded, failed, cancelled, lost

    /// How a reporter's word for an end is understood.
    init(reported: String?, hasError: Bool) {
        switch reported?.lowercased() {
        case "succeeded", "success", "successful", "completed", "ok": self = .succeeded
        case "cancelled", "canceled", "aborted": self = .cancelled
        case nil, "": self = hasError ? .failed : .succeeded
        default: self = .failed
        }
    }
}

/// One observation with its data.
struct RunEvent: Sendable, Hashable {
    /// Longest name of a client, workflow, run or node in bytes: names are in indexes.
    static let maximumName = 512
    /// Longest error that is kept, in bytes.
    static let maximumError = 4096

    enum Content: Sendable, Hashable {
        case published(action: String?, status: String?, name: String?, version: String?)
        case runStarted(trigger: String?, source: String?)
        case runEnded(RunEnd)
        case stepStarted(Step)
        case stepEnded(Step, StepEnd)
        /// What we said ourselves.
        case lost
    }

    struct RunEnd: Sendable, Hashable {
        var status: RunStatus
        var error: String?
        var duration: Int64?
        var nodes: Int64 = 0
        var succeeded: Int64 = 0
        var failed: Int64 = 0
        var skipped: Int64 = 0
    }

    struct Step: Sendable, Hashable {
        var node: String
        var attempt: Int64
        var pluginType: String?
    }

    struct StepEnd: Sendable, Hashable {
        /// As for a run, or `skipped`.
        var status: String
        var error: String?
        var duration: Int64?
    }

    /// Why an observation cannot be taken.
    struct Refused: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    let id: String
    let identity: RunIdentity
    /// Unix milliseconds by the reporter's clock.
    let time: Int64
    /// Unix milliseconds at which the bus stored it.
    let seen: Int64
    let content: Content

    /// - Throws: ``Refused`` for names that are too long, or that no database holds.
    init(_ observation: ObservationEvent, seen: Int64) throws {
        let names = [
            ("id", observation.id), ("client_id", observation.clientID), ("workflow_id", observation.workflowID),
            ("run_id", observation.runID), ("node_id", observation.nodeID),
        ]
        for (field, name) in names {
            guard name.utf8.count <= Self.maximumName else {
                throw Refused(description: "\(field) has more than \(Self.maximumName) bytes")
            }
            guard !name.utf8.contains(0) else { throw Refused(description: "\(field) holds U+0000") }
        }
        id = observation.id
        identity = RunIdentity(client: observation.clientID, workflow: observation.workflowID, run: observation.runID)
        time = observation.timestamp.milliseconds
        self.seen = seen
        let data = RunData(value: try? observation.data?.value())
        switch observation.type {
        case .workflowPublished:
            content = .published(
                action: data.text("action"), status: data.text("status"), name: data.text("name"), version: data.text("version"))
        case .runStarted:
            content = .runStarted(trigger: data.triggerType, source: data.triggerSource)
        case .runEnded: content = .runEnded(data.runEnd)
        case .pluginStarted: content = .stepStarted(data.step(observation.nodeID))
        case .pluginEnded: content = .stepEnded(data.step(observation.nodeID), data.stepEnd)
        case .runLost: content = .lost
        }
    }
}

/// Reads data leniently: a member of an unexpected type is as good as absent.
private struct RunData {
    let value: JSONValue?

    func text(_ name: String, maximum: Int = RunEvent.maximumName) -> String? {
        switch value?[name] {
        case .string(let text)?: text.isEmpty ? nil : Self.shortened(text, to: maximum)
        case .integer(let number)?: String(number)
        default: nil
        }
    }

    var error: String? {
        if let text = text("error", maximum: RunEvent.maximumError) { return text }
        switch value?["error"] {
        case .object?:
            if let message = value?["error"]?["message"]?.stringValue { return Self.shortened(message, to: RunEvent.maximumError) }
            return "an error without message"
        case .bool(true)?: return "an error without message"
        default: return nil
        }
    }

    var duration: Int64? {
        guard let duration = number("duration_ms"), duration >= 0 else { return nil }
        return duration
    }

    var triggerType: String? { text("trigger") ?? value?["trigger"]?["type"]?.stringValue.map { Self.shortened($0, to: 64) } }
    var triggerSource: String? { value?["trigger"]?["source"]?.stringValue.map { Self.shortened($0, to: RunEvent.maximumName) } }

    var runEnd: RunEvent.RunEnd {
        var end = RunEvent.RunEnd(
            status: RunStatus(reported: text("status"), hasError: error != nil), error: error, duration: duration)
        end.nodes = max(0, number("total_nodes") ?? 0)
        end.succeeded = count("succeeded_nodes")
        end.failed = count("failed_nodes")
        end.skipped = count("skipped_nodes")
        return end
    }

    func step(_ node: String) -> RunEvent.Step {
        RunEvent.Step(node: node, attempt: min(max(1, number("attempt") ?? 1), 1 << 31), pluginType: text("plugin_type"))
    }

    var stepEnd: RunEvent.StepEnd {
        let reported = text("status")
        let status = reported == "skipped" ? "skipped" : RunStatus(reported: reported, hasError: error != nil).rawValue
        return RunEvent.StepEnd(status: status, error: error, duration: duration)
    }

    private func number(_ name: String) -> Int64? {
        switch value?[name] {
        case .integer(let number)?: number
        case .number(let number)?: Int64(exactly: number.rounded())
        default: nil
        }
    }

    private func count(_ name: String) -> Int64 {
        Int64(value?[name]?.arrayValue?.count ?? 0)
    }

    private static func shortened(_ text: String, to limit: Int) -> String {
        text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit - 3), as: UTF8.self) + "…"
    }
}

// What the dashboard does and asks when it is told to.

import ArgusBus
import ArgusShared
import ProcessCompose

/// Calls on behalf of the person at the keys.
struct TopCalls: Sendable {
    let bus: Bus
    let edge: EdgeClient
    let compose: ProcessComposeClient
    /// Who acknowledges and resolves.
    let user: String?

    /// Does what was decided, and says how it went.
    func perform(_ action: TopAction) async -> TopInput {
        do {
            switch action {
            case .restart(let id):
                try await compose.restart(try await announced(id))
                return .done("restarted \(id.text)", failed: false)
            case .stop(let id):
                try await compose.stop(try await announced(id))
                return .done("stopped \(id.text)", failed: false)
            case .acknowledge(let alert):
                try await AlertAction.post("acknowledge", alert.key, manager: alert.manager, by: user, edge)
                return .done("acknowledged \(alert.key)", failed: false)
            case .resolve(let alert):
                try await AlertAction.post("resolve", alert.key, manager: alert.manager, by: user, edge)
                return .done("asked to resolve \(alert.key)", failed: false)
            }
        } catch {
            return .done(TopFeeds.sentence(error), failed: true)
        }
    }

    /// The log of a process or the timeline of an alert.
    func load(_ subject: TopSubject) async -> TopDetails.Content {
        do {
            switch subject {
            case .process(let id): return try await log(of: id)
            case .alert(let alert): return try await timeline(of: alert)
            }
        } catch {
            return .failed(TopFeeds.sentence(error))
        }
    }

    /// The name by which process-compose knows a process that is about to end on purpose, which the bus was told.
    private func announced(_ id: TopProcess.ID) async throws -> String {
        let name = try await name(of: id)
        // Without the bus the process is stopped all the same; its end may then be reported as a crash.
        try? await ProcessTarget.announce(ProcessIntent(namespace: id.namespace, name: id.name), on: bus)
        return name
    }

    /// Checks that this process-compose has it: of several, each has its name before its processes' namespaces.
    private func name(of id: TopProcess.ID) async throws -> String {
        let states = try await compose.processes().map(\.state)
        guard
            let state = states.first(where: {
                $0.name == id.name && (id.namespace + "/").hasSuffix("/\($0.namespace)/") || TopProcess.ID($0) == id
            })
        else {
            throw CommandLineError(
                .notFound, "process-compose at \(compose.endpoint.description) has no process \(id.text); see --compose-url")
        }
        return state.name
    }

    /// From process-compose; if it is not to be had, from the logs that are stored.
    private func log(of id: TopProcess.ID) async throws -> TopDetails.Content {
        do {
            let lines = try await compose.logs(of: try await name(of: id), last: TopDetails.logLines)
            return .lines(lines, title: "log of process-compose")
        } catch let failure {
            let answer = try? await edge.call(
                .get, .collector, "/api/logs", query: [("service", id.name), ("limit", "\(TopDetails.logLines)")], timeout: .seconds(10))
            guard let records = answer?["logs"]?.arrayValue, !records.isEmpty else { throw failure }
            return .lines(records.reversed().map(Self.line), title: "log of otlp-collector")
        }
    }

    private static func line(_ record: JSONValue) -> String {
        let time = record["time"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        let clock = time.map { LocalTime($0, utcOffset: Surroundings.current.utcOffset).clock + " " } ?? ""
        let body = record["body"]
        return clock + (body?.stringValue ?? body.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "")
    }

    private func timeline(of alert: TopAlert) async throws -> TopDetails.Content {
        let path = "\(AlertCommands.path)/\(EdgeClient.escape(alert.key))/timeline"
        let pages = Pages(edge: edge, target: .api, path: path, key: "transitions", query: [("event_manager_id", alert.manager)])
        let output = Output(json: false, color: false)
        return .lines(try await pages.items(limit: TopDetails.logLines).items.map { AlertText.transition($0, output) }, title: "timeline")
    }
}

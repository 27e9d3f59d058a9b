// `GET /api/processes` and what belongs to it: what supervised processes are, what happened to them, and what is to happen.

import ArgusBus
import ArgusService
import ArgusShared
import Hummingbird
import Logging

/// The routes of processes: reading needs the scope `read`, commands need `admin`.
struct ProcessRoutes: Sendable {
    let bus: Bus
    let mirror: ProcessMirror
    let logger: Logger

    /// Adds them to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        let reading = router.group("/api/processes").add(middleware: access.reading)
        reading.get { request, _ in
            _ = try QueryReader(request.query, allowed: [])
            return Response.json(ProcessBodies.overview(mirror.overview(isConnected: bus.status == .connected)))
        }
        reading.get("events") { request, _ in
            let query = try ProcessEventQuery(request.query)
            return Response.json(ProcessBodies.events(mirror.events(query.filter, limit: query.limit), of: query))
        }
        let commands = router.group("/api/processes/:namespace/:name").add(middleware: access.administration)
        for action in ProcessCommand.Action.allCases {
            commands.post(RouterPath(action.rawValue)) { request, context in try await carryOut(action, request, context) }
        }
    }

    private func carryOut(_ action: ProcessCommand.Action, _ request: Request, _ context: ServiceContext) async throws -> Response {
        _ = try QueryReader(request.query, allowed: [])
        try request.requireContentType("application/json")
        let body = try ProcessCommandBody(try await request.bodyBytes(limit: ProcessCommandBody.limit))
        let key = ProcessKey(namespace: try context.pathParameter("namespace"), name: try context.pathParameter("name"))
        guard mirror.process(key) != nil else { throw missing(key) }
        let command = ProcessCommand(action, namespace: key.namespace, name: key.name, by: body.by ?? context.identity?.name)
        let outcome: ProcessOutcome?
        do throws(BusError) {
            outcome = try await ProcessCommander(bus: bus, mirror: mirror).carryOut(command)
        } catch {
            logger.warning("a command to a process could not be sent", metadata: [LogKey.error: "\(error)"])
            throw APIError(
                .serviceUnavailable, code: "bus_unavailable", message: "The event bus did not take the command.", retryAfter: .seconds(1))
        }
        let metadata: Logger.Metadata = [
            "action": "\(action.rawValue)", "namespace": "\(key.namespace)", "process": "\(key.name)", "by": "\(command.by ?? "")",
            LogKey.credential: "\(context.identity?.name ?? "")", "outcome": "\(outcome?.status.rawValue ?? "none")",
        ]
        logger.notice("a process was to be changed on request", metadata: metadata)
        return try Self.answer(outcome)
    }

    private static func answer(_ outcome: ProcessOutcome?) throws -> Response {
        let reason = outcome?.reason ?? ""
        switch outcome?.status {
        case .done: return .json(ProcessBodies.status("done"))
        case .accepted: return .json(ProcessBodies.status("running"), status: .accepted)
        case .unknown: throw APIError(.notFound, code: "not_found", message: reason)
        case .refused: throw APIError(.conflict, code: "refused", message: reason)
        case .expired: throw APIError(.gatewayTimeout, code: "expired", message: reason)
        case nil:
            throw APIError(
                .gatewayTimeout, code: "no_adapter",
                message: "No process-adapter answered: nothing was done, unless one of them dies with the command.")
        }
    }

    private func missing(_ key: ProcessKey) -> APIError {
        guard mirror.isLoaded else {
            return APIError(
                .serviceUnavailable, code: "starting", message: "What processes there are is being read.", retryAfter: .seconds(1))
        }
        return APIError(
            .notFound, code: "not_found",
            message: "There is no process \"\(key.name.prefix(256))\" in the namespace \"\(key.namespace.prefix(256))\".")
    }
}

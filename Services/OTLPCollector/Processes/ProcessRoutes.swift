// `GET /api/processes` and what belongs to it: what supervised processes are, what happened to them.

import ArgusBus
import ArgusService
import Hummingbird

/// The routes of processes: reading needs the scope `read`.
struct ProcessRoutes: Sendable {
    let bus: Bus
    let mirror: ProcessMirror

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
    }
}

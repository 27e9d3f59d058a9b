// `GET /api/services`: how every instance of every service is.

import ArgusService
import ArgusShared
import Hummingbird

/// The route of the suite's services.
struct FleetRoutes: Sendable {
    let fleet: FleetReader

    /// Adds it to a router.
    func add(to router: Router<ServiceContext>, access: Access) {
        router.group("/api").add(middleware: access.reading).get("services") { [fleet] request, _ in
            _ = try QueryReader(request.query, allowed: [])
            do {
                return Response.json(Self.body(try await fleet.instances(), at: .now()))
            } catch is FleetReader.Unavailable {
                throw APIError(
                    .serviceUnavailable, code: "bus_unavailable",
                    message: "The event bus does not answer, so nothing is known of the services.", retryAfter: .seconds(1))
            }
        }
    }

    static func body(_ instances: [FleetReader.Instance], at now: Timestamp) -> [UInt8] {
        var writer = JSONWriter(capacity: 8 * 1024)
        writer.object { writer in
            writer.key("services")
            writer.beginArray()
            for instance in instances {
                writer.object { writer in
                    instance.status.writeMembers(to: &writer)
                    writer.integer("age_ms", max(0, now.milliseconds - instance.heard.milliseconds))
                }
            }
            writer.endArray()
        }
        return writer.bytes
    }
}

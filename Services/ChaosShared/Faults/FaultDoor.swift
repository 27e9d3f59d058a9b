// `/chaos`: what misbehaves how often, and how to change it for a while.

import ArgusService
import ArgusShared
import Hummingbird

/// `GET /chaos` tells the faults, `POST /chaos` changes them for a while, `DELETE /chaos` puts the configured ones back.
struct FaultDoor: Sendable {
    let faults: FaultInjector
    let auth: AuthPolicy

    static let defaultDuration: Duration = .seconds(60)
    static let longestDuration: Duration = .seconds(86_400)

    func addRoutes(to router: Router<ArgusService.ServiceContext>) {
        router.group("/chaos").add(middleware: auth.require(.read)).get { _, _ in answer() }
        let administration = router.group("/chaos").add(middleware: auth.require(.admin))
        administration.post { request, _ in
            try request.requireContentType("application/json")
            let change = try FaultChange(parsing: try await request.bodyBytes(limit: 16 * 1024))
            faults.set(try change.applied(to: faults.state.profile(at: .now)), for: change.duration)
            return answer()
        }
        administration.delete { _, _ in
            faults.revert()
            return answer()
        }
    }

    private func answer() -> Response {
        let state = faults.state
        let now = ContinuousClock.now
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("service", "chaos-\(faults.service.rawValue)")
        writer.integer("requests", state.requests)
        writer.key("configured")
        state.configured.write(to: &writer)
        writer.key("in_force")
        state.profile(at: now).write(to: &writer)
        writer.timestamp("reverts_at", state.override(at: now)?.endsAt)
        writer.endObject()
        return .json(writer.bytes)
    }
}

extension FaultProfile {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.double("latency_rate", latencyRate)
        writer.double("latency_min_ms", latency.lowerBound.milliseconds)
        writer.double("latency_max_ms", latency.upperBound.milliseconds)
        writer.double("error_rate", errorRate)
        writer.double("error_delay_min_ms", errorDelay.lowerBound.milliseconds)
        writer.double("error_delay_max_ms", errorDelay.upperBound.milliseconds)
        writer.integer("seed", Int64(clamping: seed))
        writer.endObject()
    }
}

extension Duration {
    /// The whole as milliseconds.
    var milliseconds: Double { self / .milliseconds(1) }
}

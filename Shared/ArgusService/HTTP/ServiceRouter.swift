// The router that every service starts from.

public import Hummingbird

/// A router that answers `GET /healthz`, `GET /readyz` and `GET /metrics`, to which a service adds its own routes.
///
/// - Parameters:
///   - metrics: What `/metrics` exposes.
///   - health: What `/readyz` runs.
public func makeRouter(metrics: MetricsRegistry, health: HealthChecks) -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: FrameworkErrorMiddleware())
    router.get("/healthz") { _, _ in
        Response.json(Array(#"{"status":"ok"}"#.utf8))
    }
    router.get("/readyz") { _, _ in
        let (isReady, body) = await health.report()
        return Response.json(body, status: isReady ? .ok : .serviceUnavailable)
    }
    router.get("/metrics") { _, _ in
        Response.bytes(Exposition.render(metrics), type: Exposition.contentType)
    }
    return router
}

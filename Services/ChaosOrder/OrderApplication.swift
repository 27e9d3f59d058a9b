// Puts chaos-order together.

import ArgusService
import ChaosShared
import Hummingbird

/// What chaos-order can be told by its environment.
struct OrderSettings {
    /// The service's own variables and their defaults.
    static let defaults = FaultSettings.defaults(of: .order).merging(
        ["HTTP_PORT": "9001", "ARGUS_TOKENS": "", "CHAOS_ORDER_TIMEOUT": "10s", "ARGUS_RATE_LIMIT": "0"]
    ) { $1 }

    let common: ChaosSettings
    /// How long an order may take.
    let timeout: Duration
    /// Orders per second and credential; 0 is without limit.
    let rateLimit: Int

    /// Reads everything; what is malformed is for `settings.validate()` to tell.
    init(_ settings: ServiceSettings) {
        common = ChaosSettings(settings, service: .order)
        timeout = settings.duration("CHAOS_ORDER_TIMEOUT", in: .milliseconds(100)...(.seconds(300)))
        rateLimit = settings.int("ARGUS_RATE_LIMIT", in: 0...100_000_000)
        if timeout >= common.http.requestTimeout {
            settings.fail("CHAOS_ORDER_TIMEOUT", "must be shorter than \(SettingName.httpRequestTimeout)")
        }
    }
}

/// chaos-order: takes orders by HTTP, and calls chaos-payment.
enum OrderApplication {
    static func build(_ bootstrap: ServiceBootstrap) async throws -> ChaosApplication {
        let settings = OrderSettings(bootstrap.settings)
        let parts = try await ChaosParts.connect(bootstrap, .order, settings.common)
        let (client, inbox) = parts.makeCaller()
        let desk = OrderDesk(
            misbehaviour: parts.misbehaviour, payment: client, metrics: parts.metrics, logger: parts.logger, timeout: settings.timeout)
        parts.registerCache { desk.answers.count }
        let limiter = RateLimiter(perSecond: Double(settings.rateLimit), metrics: bootstrap.metrics)
        let door = OrderDoor(
            desk: desk, auth: parts.auth, limiter: limiter, tracer: parts.tracer, port: settings.common.http.port)
        parts.router.post("/orders") { request, _ in try await door.respond(to: request) }
        return parts.application(workers: [inbox])
    }
}

// Puts chaos-inventory together.

import ArgusService
import ArgusShared
import ChaosShared
import Logging
import Tracing

/// chaos-inventory: answers the calls of chaos-payment.
enum InventoryApplication {
    /// The service's own variables and their defaults.
    static let defaults = FaultSettings.defaults(of: .inventory).merging(["HTTP_PORT": "9003", "ARGUS_TOKENS": ""]) { $1 }

    static func build(_ bootstrap: ServiceBootstrap) async throws -> ChaosApplication {
        let settings = ChaosSettings(bootstrap.settings, service: .inventory)
        let parts = try await ChaosParts.connect(bootstrap, .inventory, settings)
        let desk = ReservationDesk(misbehaviour: parts.misbehaviour, tracer: parts.tracer, logger: parts.logger)
        let server = parts.makeCallServer { call, span in try await desk.reserve(call, span) }
        return parts.application(workers: [server])
    }
}

/// Reserves items. There is always enough of everything.
struct ReservationDesk: Sendable {
    let misbehaviour: Misbehaviour
    let tracer: any Tracer
    let logger: Logger

    func reserve(_ call: IncomingCall, _ span: any Span) async throws -> CallAnswer {
        let line = call.line
        span.attributes[SpanKey.item] = line.item
        span.attributes[SpanKey.quantity] = Int64(line.quantity)
        let about: Logger.Metadata = [ChaosLogKey.orderID: "\(line.orderID)", ChaosLogKey.item: "\(line.item)"]
        let isLocked = try await tracer.withAnySpan("lock stock") { lock in
            let isLocked = try await misbehaviour.strikes(lock)
            if isLocked { lock.setStatus(SpanStatus(code: .error, message: "Database Lock")) }
            return isLocked
        }
        guard !isLocked else {
            logger.error("Database Lock: the stock could not be locked", metadata: about)
            return .failure(status: 500, code: "database_lock", message: "Database Lock", service: ServiceName.chaosInventory)
        }
        logger.info("reserved", metadata: about)
        return .success(["reservation_id": Identifier.make()])
    }
}

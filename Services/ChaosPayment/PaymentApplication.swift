// Puts chaos-payment together.

import ArgusService
import ArgusShared
import ChaosShared
import Logging
import Tracing

/// chaos-payment: answers the calls of chaos-order, and calls chaos-inventory.
enum PaymentApplication {
    /// The service's own variables and their defaults.
    static let defaults = FaultSettings.defaults(of: .payment).merging(["HTTP_PORT": "9002", "ARGUS_TOKENS": ""]) { $1 }

    static func build(_ bootstrap: ServiceBootstrap) async throws -> ChaosApplication {
        let settings = ChaosSettings(bootstrap.settings, service: .payment)
        let parts = try await ChaosParts.connect(bootstrap, .payment, settings)
        let (client, inbox) = parts.makeCaller()
        let desk = PaymentDesk(misbehaviour: parts.misbehaviour, inventory: client, logger: parts.logger)
        let server = parts.makeCallServer { call, span in try await desk.charge(call, span) }
        return parts.application(workers: [inbox, server])
    }
}

/// Charges for orders, once what is ordered is reserved.
struct PaymentDesk: Sendable {
    let misbehaviour: Misbehaviour
    let inventory: CallClient
    let logger: Logger

    func charge(_ call: IncomingCall, _ span: any Span) async throws -> CallAnswer {
        let about: Logger.Metadata = [ChaosLogKey.orderID: "\(call.line.orderID)"]
        if try await misbehaviour.strikes(span) {
            logger.error("Gateway Timeout: the payment gateway did not answer", metadata: about)
            return .failure(status: 500, code: "gateway_timeout", message: "Gateway Timeout", service: ServiceName.chaosPayment)
        }
        let answer = try await inventory.call(.inventory, call.line, key: call.key, before: call.deadline.forCallee())
        guard let failure = answer.failure else {
            logger.info("charged", metadata: about)
            return .success(answer.results.merging(["payment_id": Identifier.make()]) { first, _ in first })
        }
        logger.error(
            "not charged: nothing is reserved",
            metadata: about.merging(
                [ChaosLogKey.error: "\(failure.message)", ChaosLogKey.failedService: "\(failure.service)"]) { first, _ in first })
        return answer
    }
}

// POST /api/v2/alerts: the Alertmanager API v2, so that Prometheus can send here as to an Alertmanager.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird

/// The door for Prometheus servers.
struct AlertmanagerDoor: Sendable {
    let gatekeeper: Gatekeeper
    let ingress: Ingress
    /// Milliseconds after which an alert without `endsAt` resolves unless it is repeated.
    let resolveTimeout: Int64

    /// Answers 200 when all alerts were taken. When some are bad the others are taken all the same; the answer is 400 with the reasons.
    func respond(to request: Request) async throws -> Response {
        try await ingress.open(.alertmanager) {
            let sender = try await gatekeeper.sender(of: request)
            try request.requireContentType("application/json")
            let defaultManager = try await defaultManager(of: request, sender: sender)
            let body = try await request.bodyBytes(limit: EventLimits.batchBody)
            let items = try parse(body, defaultManager: defaultManager)
            try gatekeeper.admit(items.count, of: sender.identity)
            let outcome = try await ingress.take(items, from: sender, door: .alertmanager, traceparent: request.traceparent)
            if let failure = outcome.failure { throw APIError(failure) }
            guard outcome.rejected.isEmpty else { return Self.refusal(outcome).response }
            return Response(status: .ok)
        }
    }

    /// The manager of alerts whose labels name none: the one in the query, or the one whose routing key the sender has.
    private func defaultManager(of request: Request, sender: Sender) async throws -> String? {
        guard let named = request.query["manager"]?.nilIfEmpty else { return sender.managerID }
        return try await ingress.target(managerID: named, sender: sender).managerID
    }

    private func parse(_ body: [UInt8], defaultManager: String?) throws -> [Result<AlertEvent, ItemRejection>] {
        let receivedAt = Timestamp.now()
        var items: [Result<AlertEvent, ItemRejection>] = []
        do {
            try JSONReader.read(body, limits: .untrusted) { reader in
                try reader.readArray { reader, _ in
                    items.append(finish(try PrometheusAlert(from: &reader), defaultManager: defaultManager, receivedAt: receivedAt))
                }
            }
        } catch let error as JSONError {
            throw APIError(error)
        }
        return items
    }

    private func finish(
        _ alert: consuming PrometheusAlert, defaultManager: String?, receivedAt: Timestamp
    ) -> Result<AlertEvent, ItemRejection> {
        let named = defaultManager ?? alert.managerID
        return alert.finish(managerID: named ?? "", receivedAt: receivedAt, resolveTimeout: resolveTimeout)
            .mapError(ItemRejection.init)
            .flatMap { event in
                guard named != nil else { return .failure(Self.noManager) }
                return .success(event)
            }
    }

    private static let noManager = ItemRejection(
        code: "missing_event_manager",
        message: "no event manager is named: add ?manager= to the address or the label \(PrometheusAlert.managerLabel) to the alert",
        field: "labels.\(PrometheusAlert.managerLabel)")

    private static func refusal(_ outcome: BatchOutcome) -> APIError {
        let count = outcome.rejected.count
        return APIError(
            .badRequest, code: "invalid_alerts",
            message: "\(count) of \(count + outcome.accepted.count) alerts were not taken; the others were.",
            errors: outcome.rejected.map { index, rejection in
                APIError.Item(code: rejection.code, message: "alert \(index): \(rejection.message)", field: rejection.field)
            })
    }
}

// The usual case of POST /v1/events, answered without leaving the connection's event loop.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird
import NIOCore

extension EventDoor {
    /// Takes valid events of known managers from senders that may bring them. Everything else it declines, so that what is wrong with
    /// a request is told in one place.
    var directRoute: DirectRoute {
        DirectRoute(method: .post, path: "/v1/events", bodyLimit: 64 * 1024) { head, body, respond in
            take(head, body, respond)
        }
    }

    private func take(_ head: HTTPRequest, _ body: [UInt8], _ respond: @escaping @Sendable (DirectRoute.Answer) -> Void) -> Bool {
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        guard let sender = try? gatekeeper.identify(request),
            (try? request.requireContentType("application/json")) != nil,
            var event = try? Self.parse(body, receivedAt: .now()),
            sender.mayName(event.managerID),
            let target = ingress.configuration.known(managerID: event.managerID),
            (try? gatekeeper.admit(1, of: sender.identity)) != nil
        else { return false }
        target.group(&event)
        let (action, dedupKey, id) = (event.action, event.dedupKey, event.id)
        let metrics = ingress.metrics
        metrics.inFlight.add(1)
        ingress.commit.commit(event.encodedLine, partition: target.partition, traceparent: request.traceparent) { failure in
            metrics.inFlight.add(-1)
            if let failure {
                let error = APIError(failure)
                metrics.rejected(code: error.code, door: .event)
                respond(DirectRoute.Answer(error))
            } else {
                metrics.accepted(action, door: .event)
                respond(DirectRoute.Answer(status: .accepted, body: Self.body(dedupKey: dedupKey, eventID: id)))
            }
        }
        return true
    }
}

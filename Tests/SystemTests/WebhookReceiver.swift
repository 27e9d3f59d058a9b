// A server that keeps what is posted to it.

import ArgusShared
import Hummingbird
import Synchronization
import TestSupport

/// Receives webhooks until it is released.
final class WebhookReceiver: Sendable {
    private let received = Mutex<[JSONValue]>([])
    private let port: Int
    private let server = Mutex<Task<Void, any Error>?>(nil)

    static func start() async throws -> WebhookReceiver {
        let receiver = WebhookReceiver(port: try FreePort.next())
        let router = Router()
        router.post("hook") { [weak receiver] request, _ -> HTTPResponse.Status in
            let body = try await request.body.collect(upTo: 1 << 20)
            let value = try JSONValue(parsing: Array(body.readableBytesView))
            receiver?.received.withLock { $0.append(value) }
            return .ok
        }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: receiver.port)))
        receiver.server.withLock { $0 = Task { try await application.runService() } }
        try await eventually("the webhook receiver answers") {
            (try? await HTTP.get("http://127.0.0.1:\(receiver.port)/"))?.status == 404
        }
        return receiver
    }

    private init(port: Int) {
        self.port = port
    }

    deinit {
        server.withLock { $0?.cancel() }
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// The bodies in order of arrival.
    var bodies: [JSONValue] { received.withLock { $0 } }
}

// A server that keeps what is posted to it, and answers as it is told.

import ArgusShared
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import TestSupport

/// Receives webhooks.
final class WebhookServer: Sendable {
    struct Call: Sendable {
        let body: [UInt8]
        let headers: HTTPFields
        let time: ContinuousClock.Instant

        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        var dedupKey: String { json["dedupKey"]?.stringValue ?? "" }
        var status: String { json["status"]?.stringValue ?? "" }
    }

    private struct State {
        var calls: [Call] = []
        var status = HTTPResponse.Status.ok
        var delay: Duration = .zero
    }

    private let state = Mutex(State())
    private let port: Int

    private init(port: Int) {
        self.port = port
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }
    var calls: [Call] { state.withLock { $0.calls } }

    /// How it answers from now on.
    func answer(_ status: HTTPResponse.Status, after delay: Duration = .zero) {
        state.withLock { state in
            state.status = status
            state.delay = delay
        }
    }

    /// Runs a server while `body` runs.
    static func run<T: Sendable>(_ body: @escaping @Sendable (WebhookServer) async throws -> T) async throws -> T {
        let server = WebhookServer(port: try FreePort.next())
        let router = Router()
        router.post("hook") { request, _ -> Response in
            let buffer = try await request.body.collect(upTo: 1 << 20)
            let (status, delay) = server.state.withLock { state in
                state.calls.append(Call(body: Array(buffer.readableBytesView), headers: request.headers, time: .now))
                return (state.status, state.delay)
            }
            if delay > .zero { try await Task.sleep(for: delay) }
            var headers = HTTPFields()
            if status.code == 307 { headers[.location] = "http://127.0.0.1:\(server.port)/elsewhere" }
            return Response(status: status, headers: headers)
        }
        let (started, continuation) = AsyncStream.makeStream(of: Void.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: server.port)),
            onServerRunning: { _ in continuation.finish() }, logger: quiet)
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                for await _ in started {}
                return try await body(server)
            }
            while let result = try await group.next() {
                if let result {
                    group.cancelAll()
                    return result
                }
            }
            throw TestSupportError("the webhook server ended")
        }
    }
}

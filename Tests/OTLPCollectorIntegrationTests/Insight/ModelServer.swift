// A server that speaks the API of chat completions.

import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird
import Logging
import Synchronization

@testable import OTLPCollector

/// Answers questions as told, and keeps them.
final class ModelServer: Sendable {
    /// What it got.
    struct Question: Sendable {
        var path: String
        var query: String
        var authorization: String?
        var apiKey: String?
        var body: JSONValue

        /// What the user's message says.
        var text: String { body["messages"]?[1]?["content"]?.stringValue ?? "" }
    }

    /// How it answers.
    struct Behaviour: Sendable {
        var status: HTTPResponse.Status = .ok
        var headers: HTTPFields = [:]
        var body: String?
        var delay: Duration = .zero
    }

    private let state = Mutex<(behaviour: Behaviour, questions: [Question])>((Behaviour(), []))

    var questions: [Question] { state.withLock { $0.questions } }

    func behave(_ behaviour: Behaviour) {
        state.withLock { $0.behaviour = behaviour }
    }

    /// Runs it while `body` runs with its port.
    func run(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let bootstrap = ServiceBootstrap.testing(name: "model", environment: ["HTTP_PORT": "0"], logLevel: .critical)
        let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
        router.post("/**") { request, _ in try await self.answer(request) }
        let server = makeHTTPServer(
            router: router, settings: HTTPSettings(bootstrap.settings), metrics: bootstrap.metrics, logger: CollectorBed.quiet)
        try await ServiceApplication(listeners: [server]).withRunning(logger: CollectorBed.quiet) {
            try await body(try await server.port())
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let body = try JSONValue(parsing: try await request.bodyBytes(limit: 1 << 20))
        let question = Question(
            path: request.uri.path, query: request.uri.query ?? "", authorization: request.headers[.authorization],
            apiKey: HTTPField.Name("api-key").flatMap { request.headers[$0] }, body: body)
        let behaviour = state.withLock { state in
            state.questions.append(question)
            return state.behaviour
        }
        try await Task.sleep(for: behaviour.delay)
        let text =
            behaviour.body ?? #"{"model":"test-model","choices":[{"message":{"role":"assistant","content":" It is the database. "}}]}"#
        return .json(Array(text.utf8), status: behaviour.status, headers: behaviour.headers)
    }
}

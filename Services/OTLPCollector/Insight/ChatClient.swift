// Asks a language model over HTTP.

import ArgusService
import ArgusShared
import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1

/// A client of chat completions, as OpenAI and Azure OpenAI define them and many servers speak them. It follows no redirects: they would
/// carry the key elsewhere.
final class ChatClient: Sendable {
    private static let answerLimit = 512 * 1024
    /// Longer answers than were asked for are cut.
    private static let textLimit = 8_000

    private let provider: InsightSettings.Provider
    private let timeout: Duration
    private let client: HTTPClient

    /// What the model said.
    struct Answer: Sendable, Hashable {
        var text: String
        /// The model's name, as the service gives it.
        var model: String
    }

    init(provider: InsightSettings.Provider, timeout: Duration) {
        self.provider = provider
        self.timeout = timeout
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: TimeAmount(min(timeout, .seconds(10))), read: TimeAmount(timeout))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Closes all connections; nothing can be asked any more.
    func shutDown() async {
        try? await client.shutdown()
    }

    /// Asks once.
    ///
    /// - Throws: `APIError` 504 where the service does not answer in time, 429 where it wants us to wait, 502 where it does not answer as it
    ///   should.
    func ask(_ question: String, instructions: String) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await self.request(question, instructions) }
            group.addTask {
                try await Task.sleep(for: self.timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else { throw Self.timedOut }
            return answer
        }
    }

    private func request(_ question: String, _ instructions: String) async throws -> Answer {
        var request = HTTPClientRequest(url: provider.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        if let key = provider.key { request.headers.add(name: provider.keyHeader, value: key.value) }
        request.body = .bytes(ByteBuffer(bytes: body(question, instructions)))
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            let bytes = Array(try await response.body.collect(upTo: Self.answerLimit).readableBytesView)
            guard response.status == .ok else { throw Self.error(response) }
            return try answer(bytes)
        } catch let error as APIError {
            throw error
        } catch let error as HTTPClientError where Self.isTimeout(error) {
            throw Self.timedOut
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw Self.unavailable("The language model cannot be reached.")
        }
    }

    private func body(_ question: String, _ instructions: String) -> [UInt8] {
        var writer = JSONWriter(capacity: question.utf8.count + 2_048)
        writer.object { writer in
            if let model = provider.model { writer.string("model", model) }
            writer.array("messages", [("system", instructions), ("user", question)]) { writer, message in
                writer.object { writer in
                    writer.string("role", message.0)
                    writer.string("content", message.1)
                }
            }
        }
        return writer.bytes
    }

    private func answer(_ bytes: [UInt8]) throws -> Answer {
        let value = try? JSONValue(parsing: bytes)
        let text = value?["choices"]?[0]?["message"]?["content"]?.stringValue?.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let text, !text.isEmpty else { throw Self.unavailable("The language model's answer has no text.") }
        return Answer(text: String(text.prefix(Self.textLimit)), model: value?["model"]?.stringValue ?? provider.model ?? "")
    }

    /// What the service says beyond its status may quote the question or the key, so it is not passed on.
    private static func error(_ response: HTTPClientResponse) -> APIError {
        switch response.status.code {
        case 429:
            let wait = response.headers.first(name: "retry-after").flatMap { Int($0) }.map { min(max($0, 1), 3_600) }
            return APIError(
                .tooManyRequests, code: "insight_rate_limited", message: "The language model wants fewer questions.",
                retryAfter: .seconds(wait ?? 10))
        case 401, 403: return unavailable("The language model refuses our key.", code: "insight_misconfigured")
        case 404: return unavailable("There is no such deployment or model.", code: "insight_misconfigured")
        case 408, 504: return timedOut
        default: return unavailable("The language model answered \(response.status.code).")
        }
    }

    private static let timedOut = APIError(
        .gatewayTimeout, code: "insight_timeout", message: "The language model did not answer in time.", retryAfter: .seconds(5))

    private static func unavailable(_ message: String, code: String = "insight_unavailable") -> APIError {
        APIError(.badGateway, code: code, message: message)
    }

    private static func isTimeout(_ error: HTTPClientError) -> Bool {
        [.deadlineExceeded, .readTimeout, .writeTimeout, .connectTimeout, .getConnectionFromPoolTimeout].contains(error)
    }
}

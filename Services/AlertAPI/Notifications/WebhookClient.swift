// POSTs bodies to webhooks.

import ArgusService
import AsyncHTTPClient
import Dispatch
import NIOCore
import NIOHTTP1

/// What became of an attempt.
enum WebhookOutcome: Equatable, Sendable {
    case delivered
    /// The endpoint did not answer, or said that it cannot now: it may later.
    case unavailable(String)
    /// The endpoint answered that it does not want this.
    case refused(String)
}

/// The HTTP client of the notifier: no redirects, bounded time, no address that the policy forbids.
final class WebhookClient: Sendable {
    private let policy: WebhookPolicy
    private let timeout: Duration
    private let shared: HTTPClient

    init(policy: WebhookPolicy, timeout: Duration) {
        self.policy = policy
        self.timeout = timeout
        shared = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(timeout: timeout))
    }

    private static func configuration(timeout: Duration) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: TimeAmount(min(timeout, .seconds(5))), read: TimeAmount(timeout))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        configuration.connectionPool.idleTimeout = .seconds(30)
        configuration.httpVersion = .http1Only
        return configuration
    }

    /// Closes all connections.
    func shutDown() async {
        try? await shared.shutdown()
    }

    /// POSTs a body once.
    func post(_ body: [UInt8], to url: String, headers: [(String, String)]) async -> WebhookOutcome {
        if let reason = policy.refusal(of: url) { return .refused("the webhook's URL \(reason)") }
        guard let target = WebhookTarget(url) else { return .refused("the webhook's URL is not valid") }
        if policy.allowsPrivate || IPAddress(target.host) != nil { return await post(body, to: url, headers: headers, with: shared) }
        return await postChecked(body, to: url, host: target.host, headers: headers)
    }

    /// Connects to the very address that was checked, so that a name cannot mean another one a moment later.
    private func postChecked(_ body: [UInt8], to url: String, host: String, headers: [(String, String)]) async -> WebhookOutcome {
        guard let (address, text) = await Self.resolve(host) else { return .unavailable("the webhook's host cannot be resolved") }
        guard policy.allows(address) else { return .refused("the webhook's URL \(WebhookPolicy.privateReason)") }
        var configuration = Self.configuration(timeout: timeout)
        configuration.dnsOverride = [host: text]
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome = await post(body, to: url, headers: headers, with: client)
        try? await client.shutdown()
        return outcome
    }

    private func post(_ body: [UInt8], to url: String, headers: [(String, String)], with client: HTTPClient) async -> WebhookOutcome {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            await Self.readToEnd(response.body)
            return Self.outcome(ofStatus: Int(response.status.code))
        } catch {
            return .unavailable("\(error)")
        }
    }

    /// Reads what an endpoint says beyond its status, if it is short: the connection can be used again then.
    private static func readToEnd(_ body: HTTPClientResponse.Body) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await body.collect(upTo: answerLimit) }
            group.addTask { try? await Task.sleep(for: answerPatience) }
            await group.next()
            group.cancelAll()
        }
    }

    private static let answerLimit = 64 * 1024
    private static let answerPatience: Duration = .seconds(1)

    /// What a status means: 2xx is delivered; 408, 429 and 5xx may pass; all else, redirects included, is a refusal.
    static func outcome(ofStatus status: Int) -> WebhookOutcome {
        switch status {
        case 200..<300: .delivered
        case 408, 429, 500...: .unavailable("the webhook answered \(status)")
        default: .refused("the webhook answered \(status)")
        }
    }

    private static func resolve(_ host: String) async -> (IPAddress, String)? {
        await withCheckedContinuation { continuation in
            // getaddrinfo blocks.
            DispatchQueue.global().async {
                let found = try? SocketAddress.makeAddressResolvingHost(host, port: 0)
                continuation.resume(returning: found?.ipAddress.flatMap { text in IPAddress(text).map { ($0, text) } })
            }
        }
    }
}

// Counts and times what an HTTP server does, one dictionary look-up per request.

import HTTPTypes
import Synchronization

final class HTTPMetrics: Sendable {
    /// Why the server ended something.
    enum Abort: String, CaseIterable {
        case slowBody = "slow_body"
        case slowHandler = "slow_handler"
        case unreadBody = "unread_body"
        case malformed
    }

    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Series {
        let requests: MetricCounter
        let duration: MetricHistogram
    }

    /// Routes without a pattern of ours share one label value.
    static let unmatchedRoute = "unmatched"

    let connections: MetricGauge
    private let registry: MetricsRegistry
    private let series = Mutex<[Key: Series]>([:])
    private let aborts: [Abort: MetricCounter]

    init(registry: MetricsRegistry) {
        self.registry = registry
        connections = registry.gauge(MetricName.httpConnections, help: "Open HTTP connections.")
        let pairs = Abort.allCases.map { abort in
            let counter = registry.counter(
                MetricName.httpAborted, help: "Requests and connections ended by the server, by reason.",
                labels: [("reason", abort.rawValue)])
            return (abort, counter)
        }
        aborts = Dictionary(uniqueKeysWithValues: pairs)
    }

    func aborted(_ reason: Abort) {
        aborts[reason]?.increment()
    }

    func record(method: HTTPRequest.Method, route: String, status: HTTPResponse.Status, duration: Duration) {
        let key = Key(method: Self.label(method), route: route, status: status.code)
        let found = series.withLock { $0[key] } ?? add(key)
        found.requests.increment()
        found.duration.record(duration)
    }

    private func add(_ key: Key) -> Series {
        let labels = [("method", key.method), ("route", key.route)]
        let made = Series(
            requests: registry.counter(
                MetricName.httpRequests, help: "Answered HTTP requests.", labels: labels + [("status", "\(key.status)")]),
            duration: registry.histogram(
                MetricName.httpDuration, help: "Time from a request's head to its answer.", labels: labels))
        series.withLock { $0[key] = made }
        return made
    }

    /// Methods are client input: unknown ones share one label value.
    private static func label(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .post, .put, .delete, .head, .patch, .options: method.rawValue
        default: "other"
        }
    }
}

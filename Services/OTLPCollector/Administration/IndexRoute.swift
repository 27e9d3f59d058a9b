// `GET /`: what this is.

import ArgusService
import ArgusShared
import Hummingbird

/// Answers the root of the service: its name, and where to go on.
enum IndexRoute {
    private static let doors = [
        ("/api/stats", "what is stored"), ("/api/traces", "traces"), ("/api/logs", "logs"), ("/ws", "live logs, a WebSocket"),
        ("/api/metrics/dashboard", "the numbers of the last minutes"), ("/api/metrics/service-map", "who calls whom"),
        ("/api/health", "how the collector is"), ("/jaeger", "Jaeger's query API, for Grafana and Jaeger's own interface"),
        ("/metrics", "Prometheus metrics"), ("/readyz", "whether everything the collector needs answers"),
    ]

    /// Adds it to a router.
    static func add(to router: Router<ServiceContext>) {
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("service", ServiceName.otlpCollector)
            writer.string("version", SuiteVersion.current)
            writer.object("doors") { writer in
                for (path, text) in doors {
                    writer.key(path)
                    writer.string(text)
                }
            }
        }
        let body = writer.bytes
        router.get("/") { _, _ in Response.json(body) }
    }
}

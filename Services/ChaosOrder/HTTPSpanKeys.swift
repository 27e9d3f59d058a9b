// Attributes of spans of HTTP servers.

/// OpenTelemetry's semantic conventions for HTTP.
enum HTTPSpanKey {
    static let httpMethod = "http.request.method"
    static let httpRoute = "http.route"
    static let httpStatus = "http.response.status_code"
    static let urlPath = "url.path"
    static let urlScheme = "url.scheme"
    static let serverAddress = "server.address"
    static let serverPort = "server.port"
    static let userAgent = "user_agent.original"
    static let protocolName = "network.protocol.name"
    static let protocolVersion = "network.protocol.version"
}

// The HTTP client of all commands.

import AsyncHTTPClient
import NIOCore

/// Calls by HTTP.
enum Calls {
    /// Lives as long as the program. A refused connection is told at once: a person waits for the answer.
    static let client = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

// A way past the router for one small, frequent kind of request.

public import HTTPTypes

/// Answers one kind of request on the connection's event loop, without a task, a router or a change of threads: less than half the cost
/// of an ordinary route.
///
/// The same path must also be a route of the router: what the direct route declines (and any request that is chunked, large, or waits
/// for `100-continue`) is handled there. So a direct route only needs to know the usual case.
public struct DirectRoute: Sendable {
    /// What a direct route answers.
    public struct Answer: Sendable {
        /// Status of the answer.
        public var status: HTTPResponse.Status
        /// Headers beside content type, length, date and request id.
        public var headers: HTTPFields
        /// JSON.
        public var body: [UInt8]

        /// An answer of JSON.
        public init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8]) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        /// The answer that an error makes.
        public init(_ error: APIError) {
            self.init(status: error.status, headers: error.answerHeaders, body: error.body)
        }
    }

    /// Looks at a request and either returns false, or true and then calls the closure once, at any time, from any thread.
    ///
    /// It runs on the event loop: it must not block.
    public typealias Handler = @Sendable (HTTPRequest, [UInt8], @escaping @Sendable (Answer) -> Void) -> Bool

    let method: HTTPRequest.Method
    let path: String
    let bodyLimit: Int
    let handler: Handler

    /// A direct route.
    ///
    /// - Parameters:
    ///   - method: The request's method.
    ///   - path: The request's path, exactly, without a query.
    ///   - bodyLimit: Bytes of the largest body that is taken directly.
    public init(method: HTTPRequest.Method, path: String, bodyLimit: Int, handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.bodyLimit = bodyLimit
        self.handler = handler
    }

    /// Whether a request may be taken directly; returns its body's length.
    func bodyLength(of head: HTTPRequest) -> Int? {
        guard head.method == method, head.path == path else { return nil }
        guard let length = head.headerFields[.contentLength].flatMap({ Int($0) }), (1...bodyLimit).contains(length) else { return nil }
        guard head.headerFields[.expect] == nil, head.headerFields[.connection]?.lowercased() != "close" else { return nil }
        return length
    }
}

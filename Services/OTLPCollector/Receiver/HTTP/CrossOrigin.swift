// Lets browsers' pages send (the Fetch standard's CORS protocol).

import NIOHTTP1

/// Which origins' pages may send, and what their browsers are told.
struct CrossOrigin: Sendable {
    private let origins: Set<String>
    private let allowsAny: Bool

    /// - Parameter origins: As in the `Origin` header; `*` is any.
    init(origins: [String]) {
        self.origins = Set(origins.map { $0.lowercased() })
        allowsAny = origins.contains("*")
    }

    /// Adds what lets the browser hand the answer to its page.
    func allow(_ origin: String?, in headers: inout HTTPHeaders) {
        guard let allowed = answer(to: origin) else { return }
        headers.add(name: "access-control-allow-origin", value: allowed)
        headers.add(name: "access-control-expose-headers", value: "retry-after")
        if !allowsAny { headers.add(name: "vary", value: "origin") }
    }

    /// The headers of the answer to a preflight.
    func preflight(_ request: HTTPHeaders) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.add(name: "vary", value: "origin, access-control-request-headers")
        guard let allowed = answer(to: request.first(name: "origin")) else { return headers }
        headers.add(name: "access-control-allow-origin", value: allowed)
        headers.add(name: "access-control-allow-methods", value: "POST")
        let wanted = request.first(name: "access-control-request-headers") ?? "content-type, content-encoding, authorization"
        headers.add(name: "access-control-allow-headers", value: wanted)
        headers.add(name: "access-control-max-age", value: "86400")
        return headers
    }

    private func answer(to origin: String?) -> String? {
        guard let origin else { return nil }
        if allowsAny { return "*" }
        return origins.contains(origin.lowercased()) ? origin : nil
    }
}

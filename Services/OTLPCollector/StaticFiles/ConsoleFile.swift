// One file of the web console, as it is answered.

import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// A file in memory, plain and compressed.
struct ConsoleFile: Sendable {
    /// How long a browser may keep it.
    enum Caching: String, Sendable {
        /// Asked again with every use, which a tag answers.
        case revalidate = "no-cache"
        /// For ever: the name changes with the content.
        case immutable = "public, max-age=31536000, immutable"
    }

    /// One encoding of the file. Each has a tag of its own, for a strong tag names bytes (RFC 9110, section 8.8.3).
    private struct Representation {
        let body: ByteBuffer
        let tag: String

        init(_ bytes: [UInt8]) {
            body = ByteBuffer(bytes: bytes)
            tag = "\"\(SHA256.hash(data: bytes).prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())\""
        }
    }

    private let type: String
    private let caching: Caching
    private let plain: Representation
    private let compressed: Representation?

    /// A file whose type follows from its name.
    ///
    /// - Parameter gzip: The same content compressed.
    init(name: String, bytes: [UInt8], gzip: [UInt8]?, caching: Caching) {
        type = Self.types[name.split(separator: ".").last ?? ""] ?? "application/octet-stream"
        self.caching = caching
        plain = Representation(bytes)
        compressed = gzip.map(Representation.init)
    }

    /// The answer to a request with these headers: the file, or 304 where the client has it, in whichever encoding.
    func answer(to request: HTTPFields) -> Response {
        var headers = ConsoleHeaders.all
        headers[.cacheControl] = caching.rawValue
        if compressed != nil { headers[.vary] = "Accept-Encoding" }
        let isCompressed = compressed != nil && Self.takesGzip(request[.acceptEncoding])
        let chosen = isCompressed ? compressed ?? plain : plain
        if let condition = request[.ifNoneMatch] {
            let candidates = [chosen, plain] + (compressed.map { [$0] } ?? [])
            if let known = candidates.first(where: { Self.names(condition, $0.tag) }) {
                headers[.eTag] = known.tag
                return Response(status: .notModified, headers: headers)
            }
        }
        headers[.eTag] = chosen.tag
        headers[.contentType] = type
        if isCompressed { headers[.contentEncoding] = "gzip" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: chosen.body))
    }

    private static let types: [Substring: String] = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml", "map": "application/json", "json": "application/json", "png": "image/png", "woff2": "font/woff2",
    ]

    /// Whether an `Accept-Encoding` header takes gzip (RFC 9110, section 12.5.3).
    static func takesGzip(_ header: String?) -> Bool {
        var taken: [Substring: Bool] = [:]
        for item in (header ?? "").lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimmingSpaces }
            guard let coding = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            taken[coding] = (weight ?? 1) > 0
        }
        return taken["gzip"] ?? taken["x-gzip"] ?? taken["*"] ?? false
    }

    /// Whether an `If-None-Match` header names a tag; it compares weakly (RFC 9110, section 13.1.2).
    static func names(_ condition: String, _ tag: String) -> Bool {
        condition.split(separator: ",").contains { item in
            let candidate = item.trimmingSpaces
            return candidate == "*" || candidate == tag || candidate == "W/\(tag)"
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }
}

/// What every answer with a part of the console says to the browser.
enum ConsoleHeaders {
    /// Everything comes from here, nothing is inline; `'self'` covers the WebSocket of live logs.
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    static let all: HTTPFields = {
        var fields: HTTPFields = [.contentSecurityPolicy: policy, .xContentTypeOptions: "nosniff"]
        for (name, value) in [("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin")] {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }()
}

// Reads bodies, content types and query items of requests.

import Foundation
import HTTPTypes
public import Hummingbird
import NIOCore

/// Thrown while a body is read when it took longer than the server allows.
struct RequestBodyTimeout: Error {}

extension Request {
    /// The whole body.
    ///
    /// - Parameter limit: Most bytes to take. A longer declared length is refused before anything is read.
    /// - Throws: `APIError` 413 beyond the limit, 408 where the body is too slow, 400 where it is cut short.
    public func bodyBytes(limit: Int) async throws -> [UInt8] {
        let declared = headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > limit { throw APIError.tooLarge(limit: limit) }
        if declared == 0 { return [] }
        var bytes: [UInt8] = []
        // No more than this on a client's word: many slow connections must not reserve much memory.
        bytes.reserveCapacity(min(declared ?? 0, 64 * 1024))
        for try await buffer in body {
            if bytes.count + buffer.readableBytes > limit { throw APIError.tooLarge(limit: limit) }
            buffer.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        }
        if let declared, bytes.count != declared {
            throw APIError.badRequest(code: "incomplete_body", message: "The body ended after \(bytes.count) of \(declared) bytes.")
        }
        return bytes
    }

    /// Refuses a body that is declared to be something else; one without a declared type is taken.
    ///
    /// - Throws: `APIError` 415.
    public func requireContentType(_ allowed: String...) throws {
        guard let header = headers[.contentType], !allowed.contains(header) else { return }
        let type = header.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        if allowed.contains(where: { ASCII.areEqualIgnoringCase($0.utf8, type) }) { return }
        throw APIError(
            .unsupportedMediaType, code: "unsupported_media_type",
            message: "The body must be \(allowed.joined(separator: " or ")), not \"\(Substring(type))\".")
    }

    /// The query's items, decoded.
    public var query: QueryItems {
        QueryItems(uri.query ?? "")
    }
}

/// Names and values of a URL's query in order; `+` is a space, as forms send it.
public struct QueryItems: Sendable {
    /// Each name with its value, as sent.
    public let items: [(name: String, value: String)]

    /// Parses a query without its question mark.
    public init(_ query: String) {
        items = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
        }
    }

    /// The first value of a name.
    public subscript(_ name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    /// All values of a name.
    public func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }

    /// All names, once each.
    public var names: Set<String> {
        Set(items.map(\.name))
    }

    private static func decode(_ text: some StringProtocol) -> String {
        let spaced = String(text).replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? spaced
    }
}

/// Comparison of header text, byte by byte: Unicode's rules would cost a tenth of a small request.
enum ASCII {
    static func areEqualIgnoringCase(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

extension String {
    var removingURLPercentEncoding: String? {
        removingPercentEncoding
    }
}

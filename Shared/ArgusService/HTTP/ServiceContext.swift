// What travels with a request through the router.

public import Hummingbird
import Synchronization

/// The context of a request in our routers.
public struct ServiceContext: RequestContext {
    /// What the router needs.
    public var coreContext: CoreRequestContextStorage
    /// Identifies the request in logs and in the `X-Request-Id` header.
    public internal(set) var requestID = ""
    /// Who sends the request, where a route's authorization has established it.
    public internal(set) var identity: Identity?
    /// There where the request asks for another protocol.
    var protocolSwitch: ProtocolSwitch?

    /// Creates a context for a request of a connection.
    public init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
    }

    /// A parameter of the route's path, percent-decoded.
    ///
    /// - Throws: `APIError` 400 where the encoding is not valid UTF-8.
    public func pathParameter(_ name: String) throws -> String {
        let raw = try coreContext.parameters.require(name)
        guard raw.utf8.contains(UInt8(ascii: "%")) else { return raw }
        guard let decoded = raw.removingURLPercentEncoding else {
            throw APIError.badRequest(message: "The path parameter \(name) is not valid percent-encoded UTF-8.", field: name)
        }
        return decoded
    }
}

/// Makes short identifiers, unique for years across processes with high probability.
enum RequestIDs {
    private static let next = Atomic<UInt64>(UInt64.random(in: 0...UInt64.max))

    /// Fifteen hexadecimal digits: a string of that length needs no allocation.
    static func make() -> String {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return String(unsafeUninitializedCapacity: 15) { buffer in
            for index in 0..<15 {
                let nibble = UInt8(truncatingIfNeeded: number >> UInt64(4 * (14 - index))) & 0xF
                buffer[index] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            }
            return 15
        }
    }

    /// A client's own identifier, if it is short and harmless.
    static func accepted(_ proposed: String?) -> String? {
        guard let proposed, (1...64).contains(proposed.utf8.count) else { return nil }
        let isHarmless = proposed.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"): true
            default: false
            }
        }
        return isHarmless ? proposed : nil
    }
}

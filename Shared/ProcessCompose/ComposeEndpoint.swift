// Where a process-compose listens.

/// The address of one process-compose.
public struct ComposeEndpoint: Sendable, Hashable {
    /// How it is reached.
    public enum Address: Sendable, Hashable {
        case tcp(host: String, port: Int)
        case unixSocket(path: String)
    }

    /// The name that tells it from others; empty if there is only one.
    public let name: String
    /// How it is reached.
    public let address: Address

    /// The one that process-compose listens on by our default.
    public static let defaultURL = "http://127.0.0.1:28081"

    /// An address of your own making.
    public init(name: String = "", address: Address) {
        self.name = name
        self.address = address
    }

    /// Reads `http://host:port`, `unix:///path`, or either with `name=` before it.
    ///
    /// A name may hold letters, digits, `-` and `_`.
    public init?(_ text: String) {
        var rest = Substring(text)
        var name = ""
        if let equals = rest.firstIndex(of: "="),
            rest[..<equals].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        {
            name = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard !name.isEmpty else { return nil }
        }
        if rest.hasPrefix("unix://") {
            let path = String(rest.dropFirst("unix://".count))
            guard path.hasPrefix("/"), path.utf8.count < 108 else { return nil }
            self.init(name: name, address: .unixSocket(path: path))
            return
        }
        guard rest.hasPrefix("http://") else { return nil }
        rest = rest.dropFirst("http://".count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(port) else {
            return nil
        }
        let host = String(rest[..<colon])
        guard !host.isEmpty, !host.contains("/"), !host.contains("@") else { return nil }
        self.init(name: name, address: .tcp(host: host, port: port))
    }

    /// For people.
    public var description: String {
        switch address {
        case .tcp(let host, let port): "http://\(host):\(port)"
        case .unixSocket(let path): "unix://\(path)"
        }
    }

    var baseURL: String {
        switch address {
        case .tcp(let host, let port): "http://\(host):\(port)"
        case .unixSocket(let path):
            "http+unix://"
                + path.utf8.map { byte in
                    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%")
                        ? "%" + String(byte, radix: 16, uppercase: true) : String(UnicodeScalar(byte))
                }.joined()
        }
    }
}

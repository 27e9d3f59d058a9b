// How to reach and use the bus.

/// Everything that a connection needs to know.
public struct BusConfiguration: Sendable {
    /// Transport security.
    public struct TLSConfiguration: Sendable {
        /// PEM file of the authorities to trust; nil is the system's.
        public var caFile: String?
        /// PEM file of our own certificate chain.
        public var certificateFile: String?
        /// PEM file of its key.
        public var keyFile: String?
        /// Whether the server's certificate and name are checked.
        public var verify = true

        /// TLS with these files.
        public init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, verify: Bool = true) {
            self.caFile = caFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
            self.verify = verify
        }
    }

    /// `nats://host:port` or `tls://host:port`; tried in random order. One entry may itself be a comma-separated list.
    public var servers: [String]
    /// What the server's monitoring calls this connection.
    public var name: String
    /// User name, together with `password`.
    public var user: String?
    /// Password of `user`.
    public var password: String?
    /// Authentication token.
    public var token: String?
    /// A `.creds` file (JWT and seed).
    public var credentialsFile: String?
    /// A file that holds an nkey user seed (`SU...`).
    public var nkeySeedFile: String?
    /// nil is plain TCP, unless a server's URL begins with `tls:`.
    public var tls: TLSConfiguration?
    /// The first tokens of every subject that answers come to; permissions may give each user its own.
    public var inboxPrefix = "_INBOX"
    /// How long `Bus.connect` keeps trying before it throws; nil is for ever. Later losses are always reconnected for ever.
    public var connectTimeout: Duration?
    /// How long one attempt to connect to one server may take.
    public var attemptTimeout: Duration = .seconds(2)
    /// The longest pause between two rounds of attempts.
    public var maximumReconnectDelay: Duration = .seconds(1)
    /// How long a publish may take unless it says otherwise.
    public var publishTimeout: Duration = .seconds(5)
    /// Publishes and requests on their way at the same time; more wait in order.
    public var maximumOutstandingPublishes = 4096
    /// How long the kernel may refuse to take what we send before the connection is given up. Bounds what a stopped server can block.
    public var writeTimeout: Duration = .seconds(5)
    /// Bytes of messages that one consumer may hold or have on their way.
    public var pendingBytes = 64 << 20
    /// Bytes of messages without acknowledgement (`send`, acks) that may wait to be written.
    public var sendQueueBytes = 64 << 20

    /// The defaults for these servers.
    public init(servers: [String] = ["nats://127.0.0.1:4222"], name: String) {
        self.servers = servers
        self.name = name
    }

    var serverList: [String] {
        servers.flatMap { $0.split(separator: ",") }.map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1000).overflow ? .max : seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1_000_000_000).overflow
            ? .max : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

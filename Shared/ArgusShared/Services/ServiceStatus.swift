// How one instance of a service is, as it says itself.

/// The status of one running instance of a service: a value of `Buckets.services`.
public struct ServiceStatus: Sendable, Hashable {
    /// What one check of a dependency found.
    public struct Check: Sendable, Hashable {
        public var isOK: Bool
        /// Why it fails; empty where all is well.
        public var detail: String

        /// The outcome of a check.
        public init(isOK: Bool, detail: String = "") {
            self.isOK = isOK
            self.detail = detail
        }
    }

    public var service: String
    /// Tells the instances of a service apart.
    public var instance: String
    public var version: String
    public var startedAt: Timestamp
    /// When the instance said so, by its own clock.
    public var timestamp: Timestamp
    /// Whether all checks are well.
    public var isReady: Bool
    public var checks: [String: Check] = [:]
    /// Values by series, named as `/metrics` names them: `argus_stored_items_total{signal="logs"}`.
    public var metrics: [String: Double] = [:]
    /// Series that did not fit. A labelled counter that is missing has counted nothing, or is one of these.
    public var omittedMetrics = 0

    /// A status without checks and metrics.
    public init(service: String, instance: String, version: String, startedAt: Timestamp, at timestamp: Timestamp, isReady: Bool) {
        self.service = service
        self.instance = instance
        self.version = version
        self.startedAt = startedAt
        self.timestamp = timestamp
        self.isReady = isReady
    }

    /// The status as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 512 + 64 * metrics.count)
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Writes what stands between the braces, for those who have something to add.
    public func writeMembers(to writer: inout JSONWriter) {
        writer.string("service", service)
        writer.string("instance", instance)
        writer.string("version", version)
        writer.timestamp("started_at", startedAt)
        writer.timestamp("timestamp", timestamp)
        writer.bool("ready", isReady)
        writer.key("checks")
        writer.beginObject()
        for (name, check) in checks.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.beginObject()
            writer.bool("ok", check.isOK)
            writer.string("detail", check.detail)
            writer.endObject()
        }
        writer.endObject()
        writer.key("metrics")
        writer.beginObject()
        for (name, value) in metrics.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            if let whole = Int64(exactly: value) { writer.integer(whole) } else { writer.double(value) }
        }
        writer.endObject()
        writer.integer("metrics_omitted", omittedMetrics)
    }

    /// Reads a status; members that are not known are skipped.
    public init(parsing bytes: [UInt8]) throws {
        let epoch = Timestamp(milliseconds: 0)
        var status = ServiceStatus(service: "", instance: "", version: "", startedAt: epoch, at: epoch, isReady: false)
        try JSONReader.read(bytes, limits: .untrusted) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "service": status.service = try reader.readString()
                case "instance": status.instance = try reader.readString()
                case "version": status.version = try reader.readString()
                case "started_at": status.startedAt = Timestamp(rfc3339: try reader.readString()) ?? epoch
                case "timestamp": status.timestamp = Timestamp(rfc3339: try reader.readString()) ?? epoch
                case "ready": status.isReady = try reader.readBool()
                case "checks": try reader.readObject { status.checks[$1.string] = try Check(from: &$0) }
                case "metrics": try reader.readObject { status.metrics[$1.string] = try Self.number(&$0) }
                case "metrics_omitted": status.omittedMetrics = Int(clamping: try reader.readInteger())
                default: try reader.skipValue()
                }
            }
        }
        self = status
    }

    private static func number(_ reader: inout JSONReader) throws -> Double? {
        switch try reader.readNumber() {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

extension ServiceStatus.Check {
    fileprivate init(from reader: inout JSONReader) throws {
        self.init(isOK: false)
        try reader.readObject { reader, key in
            switch key {
            case "ok": isOK = try reader.readBool()
            case "detail": detail = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

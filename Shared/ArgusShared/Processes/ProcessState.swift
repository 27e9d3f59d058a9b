// The state of one supervised process, as process-compose reports it.

/// What a process is and does.
public struct ProcessState: Sendable, Hashable {
    /// What process-compose says of a process's readiness probe.
    public enum Readiness: String, Sendable, CaseIterable {
        case ready = "Ready"
        case notReady = "Not Ready"
        /// There is no probe, or nothing to probe.
        case unknown = "-"
    }

    public var name: String
    public var namespace: String
    /// `Running`, `Completed`, `Restarting`, ... as process-compose names it.
    public var status: String
    public var readiness = Readiness.unknown
    public var hasReadinessProbe = false
    /// How often it was restarted.
    public var restarts: Int64 = 0
    /// How its last run ended; 0 while its first one lasts.
    public var exitCode: Int64 = 0
    public var isRunning = false
    public var replicas: Int64 = 1
    /// 0 while it does not run.
    public var pid: Int64 = 0
    /// Resident bytes.
    public var memory: Int64 = 0
    /// Percent of one core.
    public var cpu = 0.0

    /// The status of a process that is no longer part of its project: ours, process-compose has none.
    public static let removed = "Removed"

    /// A process that has not run yet.
    public init(name: String, namespace: String = "default", status: String = "Pending") {
        self.name = name
        self.namespace = namespace
        self.status = status
    }
}

extension ProcessState {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("name", name)
        writer.string("namespace", namespace)
        writer.string("status", status)
        writer.string("is_ready", readiness.rawValue)
        writer.bool("has_ready_probe", hasReadinessProbe)
        writer.integer("restarts", restarts)
        writer.integer("exit_code", exitCode)
        writer.bool("is_running", isRunning)
        writer.integer("replicas", replicas)
        writer.integer("pid", pid)
        writer.integer("mem", memory)
        writer.double("cpu", cpu)
        writer.endObject()
    }

    init(from reader: inout JSONReader) throws {
        self.init(name: "", namespace: "", status: "")
        try reader.readObject { reader, key in
            switch key {
            case "name": name = try reader.readString()
            case "namespace": namespace = try reader.readString()
            case "status": status = try reader.readString()
            case "is_ready": readiness = Readiness(rawValue: try reader.readString()) ?? .unknown
            case "has_ready_probe": hasReadinessProbe = try reader.readBool()
            case "restarts": restarts = try reader.readInteger()
            case "exit_code": exitCode = try reader.readInteger()
            case "is_running": isRunning = try reader.readBool()
            case "replicas": replicas = try reader.readInteger()
            case "pid": pid = try reader.readInteger()
            case "mem": memory = try reader.readInteger()
            case "cpu":
                switch try reader.readNumber() {
                case .integer(let value): cpu = Double(value)
                case .number(let value): cpu = value
                default: break
                }
            default: try reader.skipValue()
            }
        }
    }
}

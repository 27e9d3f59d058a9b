// One process as process-compose reports it at one moment.

public import ArgusShared

/// A process's state with what process-compose says beside it.
public struct ObservedProcess: Sendable, Hashable {
    public var state: ProcessState
    /// Exit codes besides 0 that are no failure.
    public var successExitCodes: [Int64]
    /// When the last run ended: a text that differs from run to run; nil if process-compose does not say.
    public var runEnd: String?
    /// How long the present run lasts.
    public var age: Duration
    /// The pid as process-compose says it: that of the last run also when that has ended, and, in the change by which it says that a
    /// process runs, of the run before.
    public var reportedPid: Int64

    /// A process as it was seen.
    public init(
        state: ProcessState, successExitCodes: [Int64] = [], runEnd: String? = nil, age: Duration = .zero, reportedPid: Int64? = nil
    ) {
        self.state = state
        self.successExitCodes = successExitCodes
        self.runEnd = runEnd
        self.age = age
        self.reportedPid = reportedPid ?? state.pid
    }

    /// Whether a run is under way. The status tells: `is_running` is what process-compose found when it was last asked for all processes.
    public var isAlive: Bool {
        ProcessStatus.alive.contains(state.status) || !ProcessStatus.idle.contains(state.status) && state.isRunning
    }

    /// Whether the last run has ended, be it that another one will follow.
    public var hasEnded: Bool {
        ProcessStatus.ended.contains(state.status) || state.status == ProcessStatus.restarting
    }

    /// Whether the last run ended well, by its exit code.
    public var endedWell: Bool {
        state.status != ProcessStatus.error && (state.exitCode == 0 || successExitCodes.contains(state.exitCode))
    }
}

/// Statuses of process-compose that mean something to us.
public enum ProcessStatus {
    public static let running = "Running"
    public static let launching = "Launching"
    public static let terminating = "Terminating"
    public static let restarting = "Restarting"
    public static let completed = "Completed"
    public static let error = "Error"
    public static let skipped = "Skipped"
    /// Ours: the process is no longer part of the project.
    public static let removed = ProcessState.removed

    /// A run is under way.
    public static let alive: Set<String> = [running, "Launched", terminating]
    /// No run is under way.
    public static let idle: Set<String> = [
        "Disabled", "Pending", launching, restarting, completed, skipped, error, "Scheduled", "Watching",
    ]
    /// A run has ended and, unless it is restarted, that is how things stay.
    public static let ended: Set<String> = [completed, error]
}

extension ObservedProcess {
    /// Reads `ProcessState` of process-compose's API. Members it does not know are ignored.
    public init(from reader: inout JSONReader) throws {
        self.init(state: ProcessState(name: "", status: ""))
        try reader.readObject { reader, key in
            switch key {
            case "name": state.name = try reader.readString()
            case "namespace": state.namespace = try Self.readNamespace(&reader)
            case "status": state.status = try reader.readString()
            case "is_ready": state.readiness = ProcessState.Readiness(rawValue: try reader.readString()) ?? .unknown
            case "has_ready_probe": state.hasReadinessProbe = try reader.readBool()
            case "restarts": state.restarts = try reader.readInteger()
            case "exit_code": state.exitCode = try reader.readInteger()
            case "is_running": state.isRunning = try reader.readBool()
            case "replicas": state.replicas = try reader.readInteger()
            case "pid": state.pid = try reader.readInteger()
            case "mem": state.memory = try reader.readInteger()
            case "cpu": state.cpu = try Self.readDouble(&reader)
            case "age": age = .nanoseconds(try reader.readInteger())
            case "process_end_time": runEnd = try reader.readOptionalString()
            case "success_exit_codes":
                if try reader.peek() == .null {
                    _ = try reader.readNull()
                } else {
                    try reader.readArray { reader, _ in successExitCodes.append(try reader.readInteger()) }
                }
            default: try reader.skipValue()
            }
        }
        guard !state.name.isEmpty else { throw reader.error(.wrongType(expected: "a process with a name")) }
        if state.namespace.isEmpty { state.namespace = "default" }
        reportedPid = state.pid
        state.isRunning = isAlive
        if !state.isRunning { state.pid = 0 }
    }

    /// A text, or since 1.122 an array, of which the first is the process's own.
    private static func readNamespace(_ reader: inout JSONReader) throws -> String {
        guard try reader.peek() == .array else { return try reader.readOptionalString() ?? "" }
        var first: String?
        try reader.readArray { reader, _ in
            let name = try reader.readString()
            if first == nil { first = name }
        }
        return first ?? ""
    }

    private static func readDouble(_ reader: inout JSONReader) throws -> Double {
        switch try reader.readNumber() {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: 0
        }
    }
}

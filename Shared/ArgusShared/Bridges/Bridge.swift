// Configuration of a bridge: which process and workflow events become alert events, and how.

/// Turns events of processes or of workflow runs into triggers and resolves of one event manager.
public struct Bridge: Sendable, Equatable {
    /// What it listens to.
    public enum Source: String, Sendable, CaseIterable {
        /// `core.process.>`
        case process
        /// `OBSERVE.>`
        case workflow
    }

    public var id: String
    public var name: String
    public var isEnabled: Bool
    public var source: Source
    public var match: BridgeMatch
    public var managerID: String
    /// By event type; what is missing has the source's default.
    public var severities: [String: Severity]
    public var `class`: BridgeTemplate
    public var summary: BridgeTemplate
    public var dedupKey: BridgeTemplate
    /// Of processes: event types, and ``running``. Of workflows: statuses of the end of a run (or of a plugin, if the dedup key names the
    /// node).
    public var resolveOn: [String]
    /// Seconds that a process must have been running, with nothing wrong since its start, to count as ``running``.
    public var runningSeconds: Int
    /// Events from before are none of its business: when it was created, enabled, or given another source.
    public var activeSince: Timestamp
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    /// In `resolveOn`: the process has been running for a while.
    public static let running = "running"

    /// A bridge with its source's defaults.
    public init(id: String, source: Source, managerID: String, at time: Timestamp) {
        self.id = id
        self.source = source
        self.managerID = managerID
        name = "\(source.rawValue) bridge to \(managerID)"
        isEnabled = true
        match = BridgeMatch(source: source)
        severities = source.severities
        `class` = source.class
        summary = source.summary
        dedupKey = source.dedupKey
        resolveOn = source.resolveOn
        runningSeconds = 30
        activeSince = time
        createdAt = time
        updatedAt = time
    }

    /// Whether it waits for processes to have been running for a while.
    public var awaitsRunning: Bool { source == .process && resolveOn.contains(Self.running) }
}

/// Which events concern a bridge. Patterns may have `*` for any characters.
public struct BridgeMatch: Sendable, Equatable {
    /// The process's namespace, or the workflow's client.
    public var owner: WildcardPattern
    /// The process, or the workflow.
    public var subject: WildcardPattern
    /// Types of events that trigger.
    public var types: [String]
    /// Of workflows: statuses that trigger. An event without a status passes.
    public var statuses: [String]

    /// Everything that is wrong with anything of `source`.
    public init(source: Bridge.Source) {
        owner = .everything
        subject = .everything
        types = source.types
        statuses = source == .workflow ? ["failed", "lost"] : []
    }

    /// Whether an event is about something that the bridge watches.
    public func covers(_ event: BridgeEvent) -> Bool {
        owner.matches(event.owner) && subject.matches(event.subject)
    }

    /// Whether it is an event that triggers.
    public func triggers(on event: BridgeEvent) -> Bool {
        types.contains(event.type) && (event.status.map { statuses.isEmpty || statuses.contains($0) } ?? true)
    }
}

extension Bridge.Source {
    /// All event types that a bridge may name.
    public var knownTypes: [String] {
        switch self {
        case .process: ProcessEvent.Kind.allCases.map(\.rawValue)
        case .workflow: ObservationType.allCases.map(\.rawValue)
        }
    }

    var types: [String] {
        switch self {
        case .process: [ProcessEvent.Kind.crashed.rawValue, ProcessEvent.Kind.unhealthy.rawValue]
        case .workflow: [ObservationType.runEnded.rawValue, ObservationType.runLost.rawValue]
        }
    }

    var resolveOn: [String] {
        switch self {
        case .process: [ProcessEvent.Kind.healthy.rawValue, Bridge.running]
        case .workflow: ["succeeded"]
        }
    }

    /// The severities of types that matter; all others are low.
    public var severities: [String: Severity] {
        switch self {
        case .process: ["crashed": .high, "unhealthy": .medium, "stopped": .medium]
        case .workflow: ["run.ended": .high, "run.lost": .high, "plugin.ended": .medium]
        }
    }

    var `class`: BridgeTemplate { BridgeTemplate(literal: rawValue) }

    var summary: BridgeTemplate {
        switch self {
        case .process:
            BridgeTemplate([.placeholder(.namespace), .literal("/"), .placeholder(.process), .literal(" "), .placeholder(.what)])
        case .workflow: BridgeTemplate([.placeholder(.workflow), .literal(": "), .placeholder(.what)])
        }
    }

    var dedupKey: BridgeTemplate {
        switch self {
        case .process:
            BridgeTemplate([.literal("process/"), .placeholder(.namespace), .literal("/"), .placeholder(.process)])
        case .workflow:
            BridgeTemplate([.literal("workflow/"), .placeholder(.client), .literal("/"), .placeholder(.workflow)])
        }
    }
}

// The data that events usually carry. Any other Encodable may be attached as well.

public import ArgusShared

/// Data of `workflow.published`.
public struct WorkflowPublished: Sendable, Hashable, Codable {
    /// What was done: `created`, `updated`, `deleted` or a word of your own.
    public var action: String
    /// The state it left the workflow in: `draft`, `active`, `disabled` or a word of your own.
    public var status: String
    public var name: String?
    public var version: String?

    /// Data of a publication.
    public init(action: String, status: String, name: String? = nil, version: String? = nil) {
        self.action = action
        self.status = status
        self.name = name
        self.version = version
    }
}

/// Why a run began.
public struct RunTrigger: Sendable, Hashable, Codable {
    /// The usual kinds of triggers.
    public enum Kind: String, Sendable, Hashable, Codable {
        case manual, schedule, webhook, event, retry, other
    }

    public var type: Kind
    /// Who or what: a user, a cron expression, a subject.
    public var source: String?

    /// A trigger.
    public init(_ type: Kind, source: String? = nil) {
        self.type = type
        self.source = source
    }
}

/// Data of `run.started`.
public struct RunStarted: Sendable, Hashable, Codable {
    public var trigger: RunTrigger?
    /// The nodes that the run will visit, as far as they are known.
    public var nodes: [String]?

    /// Data of a run's beginning.
    public init(trigger: RunTrigger? = nil, nodes: [String]? = nil) {
        self.trigger = trigger
        self.nodes = nodes
    }
}

/// How a run or a plugin ended.
public enum Outcome: String, Sendable, Hashable, Codable {
    case succeeded, failed, cancelled, skipped
}

/// Data of `run.ended`.
public struct RunEnded: Sendable, Hashable, Codable {
    public var status: Outcome
    public var error: String?
    public var durationMilliseconds: Int64?
    /// Nodes visited, each once.
    public var totalNodes: Int?
    public var succeededNodes: [String]?
    public var failedNodes: [String]?
    public var skippedNodes: [String]?

    /// Data of a run's end.
    public init(
        _ status: Outcome, error: String? = nil, durationMilliseconds: Int64? = nil, totalNodes: Int? = nil,
        succeededNodes: [String]? = nil, failedNodes: [String]? = nil, skippedNodes: [String]? = nil
    ) {
        self.status = status
        self.error = error
        self.durationMilliseconds = durationMilliseconds
        self.totalNodes = totalNodes
        self.succeededNodes = succeededNodes
        self.failedNodes = failedNodes
        self.skippedNodes = skippedNodes
    }

    private enum CodingKeys: String, CodingKey {
        case status, error
        case durationMilliseconds = "duration_ms"
        case totalNodes = "total_nodes"
        case succeededNodes = "succeeded_nodes"
        case failedNodes = "failed_nodes"
        case skippedNodes = "skipped_nodes"
    }
}

/// What a plugin was given or gave: the value itself, or where it is kept.
public enum Payload: Sendable, Hashable, Codable {
    /// The value.
    case inline(JSONValue)
    /// Where a value is kept that is too large or too secret for the bus.
    case reference(uri: String, bytes: Int64? = nil, sha256: String? = nil)

    private enum CodingKeys: String, CodingKey {
        case inline, ref, bytes, sha256
    }

    /// Reads `{"inline":...}` or `{"ref":"...","bytes":...,"sha256":"..."}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let uri = try container.decodeIfPresent(String.self, forKey: .ref) {
            self = .reference(
                uri: uri, bytes: try container.decodeIfPresent(Int64.self, forKey: .bytes),
                sha256: try container.decodeIfPresent(String.self, forKey: .sha256))
        } else {
            self = .inline(try container.decode(JSONValue.self, forKey: .inline))
        }
    }

    /// Writes the form that ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .inline(let value):
            try container.encode(value, forKey: .inline)
        case .reference(let uri, let bytes, let sha256):
            try container.encode(uri, forKey: .ref)
            try container.encodeIfPresent(bytes, forKey: .bytes)
            try container.encodeIfPresent(sha256, forKey: .sha256)
        }
    }
}

/// Data of `plugin.started`.
public struct PluginStarted: Sendable, Hashable, Codable {
    /// What kind of plugin runs: `http`, `sql`, a name of your own.
    public var pluginType: String?
    /// 1 for the first attempt.
    public var attempt: Int
    public var input: Payload?

    /// Data of a plugin's beginning.
    public init(pluginType: String? = nil, attempt: Int = 1, input: Payload? = nil) {
        self.pluginType = pluginType
        self.attempt = attempt
        self.input = input
    }

    private enum CodingKeys: String, CodingKey {
        case attempt, input
        case pluginType = "plugin_type"
    }
}

/// Data of `plugin.ended`.
public struct PluginEnded: Sendable, Hashable, Codable {
    public var pluginType: String?
    /// The attempt that ended, from 1.
    public var attempt: Int
    public var status: Outcome
    public var error: String?
    public var durationMilliseconds: Int64?
    public var output: Payload?

    /// Data of a plugin's end.
    public init(
        _ status: Outcome, pluginType: String? = nil, attempt: Int = 1, error: String? = nil, durationMilliseconds: Int64? = nil,
        output: Payload? = nil
    ) {
        self.status = status
        self.pluginType = pluginType
        self.attempt = attempt
        self.error = error
        self.durationMilliseconds = durationMilliseconds
        self.output = output
    }

    private enum CodingKeys: String, CodingKey {
        case attempt, status, error, output
        case pluginType = "plugin_type"
        case durationMilliseconds = "duration_ms"
    }
}

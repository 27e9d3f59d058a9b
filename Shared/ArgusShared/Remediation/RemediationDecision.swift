// What `argus remediate` decided about a process, and why: the JSON on `argus.remediations.>`.

/// One decision. The decisions of a process, in their order, are all that is needed to go on after a restart.
public struct RemediationDecision: Sendable, Hashable {
    /// What was decided.
    public enum Kind: String, Sendable, CaseIterable {
        /// Something will be done, at `due`.
        case scheduled
        /// It is being done. From here on it counts as an attempt.
        case started
        /// It was done.
        case succeeded
        /// It was tried in vain.
        case failed
        /// It is not needed any more, or not possible.
        case skipped
        /// The policy's limit is reached: nothing more is done, and people are told.
        case gaveUp = "gave_up"
        /// After giving up, the process has come back without help.
        case recovered
        /// People were told, by an alert, of having given up or of the recovery.
        case alerted
    }

    /// What is done to a process.
    public enum Action: String, Sendable, CaseIterable {
        case restart, stop, scale, command, alert
    }

    /// The change of the process that led to the decision.
    public struct Trigger: Sendable, Hashable {
        public var kind: ProcessEvent.Kind
        public var timestamp: Timestamp
        /// Its place in the stream of process events.
        public var sequence: UInt64
        public var exitCode: Int64?

        /// A change of a process at a place of the stream.
        public init(_ kind: ProcessEvent.Kind, at timestamp: Timestamp, sequence: UInt64, exitCode: Int64? = nil) {
            self.kind = kind
            self.timestamp = timestamp
            self.sequence = sequence
            self.exitCode = exitCode
        }
    }

    /// The same for all decisions about one attempt.
    public var id: String
    public var kind: Kind
    public var timestamp: Timestamp
    public var namespace: String
    public var process: String
    /// The name of the set of policies: instances of one set act once.
    public var set: String
    /// The name of the policy.
    public var policy: String
    public var action: Action
    /// Which attempt it is among those that count, from 1.
    public var attempt: Int
    public var maximumAttempts: Int
    /// Why, in a sentence for people.
    public var reason: String
    /// Of `scheduled`: when it is done.
    public var due: Timestamp?
    /// Of `scheduled`: the pause that the backoff asks for, in milliseconds.
    public var delay: Int64?
    public var trigger: Trigger
    /// The processes that are restarted along with this one, after it, in their order.
    public var dependents: [String] = []
    /// Who decided, and in which term of leadership.
    public var instance = ""
    public var epoch: Int64 = 0
    /// Whether nothing was really done.
    public var isDryRun = false

    /// A decision about the process of `trigger`.
    public init(
        _ kind: Kind, id: String, at timestamp: Timestamp, namespace: String, process: String, set: String, policy: String, action: Action,
        attempt: Int, of maximumAttempts: Int, reason: String, trigger: Trigger
    ) {
        self.kind = kind
        self.id = id
        self.timestamp = timestamp
        self.namespace = namespace
        self.process = process
        self.set = set
        self.policy = policy
        self.action = action
        self.attempt = attempt
        self.maximumAttempts = maximumAttempts
        self.reason = reason
        self.trigger = trigger
    }

    /// Where the decision is published.
    public var subject: String { RemediationSubject.make(namespace: namespace, name: process) }
}

/// Subjects of decisions: `argus.remediations.{namespace}.{name}`, escaped as in subjects of processes.
public enum RemediationSubject {
    /// All decisions.
    public static let all = "argus.remediations.>"

    /// The subject of decisions about a process.
    public static func make(namespace: String, name: String) -> String {
        "argus.remediations.\(ProcessSubject.escape(namespace)).\(ProcessSubject.escape(name))"
    }
}

// What a policy file says.

import ArgusShared

/// The policies that one leader carries out.
struct RemediationPolicySet: Sendable, Equatable {
    /// Instances of one name act once.
    var name = "default"
    /// The event manager that is told, unless a policy names another.
    var manager: String?
    var dependencies = DependencyGraph()
    var policies: [RemediationPolicy]

    /// What is done without a file.
    static let standard = RemediationPolicySet(policies: [RemediationPolicy(name: "restart-crashed")])
}

/// When something is done to a process, what, and how often.
struct RemediationPolicy: Sendable, Equatable {
    var name: String
    var match = ProcessMatch()
    var action = PolicyAction.restart
    var limits = Limits()
    var backoff = Backoff()
    /// Milliseconds between two attempts at least.
    var cooldown: Int64 = 0
    /// Milliseconds that a process has to be well after giving up to count as recovered.
    var recoveredAfter: Int64 = 30_000
    /// Whether those that depend on a restarted process are restarted after it.
    var restartsDependents = true
    var alert = AlertSettings()

    /// How often something is done within a sliding span.
    struct Limits: Sendable, Equatable {
        var maximumAttempts = 3
        /// Milliseconds.
        var within: Int64 = 600_000
    }

    /// The alert that is raised.
    struct AlertSettings: Sendable, Equatable {
        enum Severity: String, Sendable, CaseIterable { case high, medium, low }

        var manager: String?
        var severity = Severity.high
        var eventClass = "process"
        /// nil says what happened.
        var summary: String?
    }
}

/// What is done.
enum PolicyAction: Sendable, Equatable {
    case restart
    case stop
    /// To so many replicas.
    case scale(Int)
    /// A program and its arguments, and how long it may take in milliseconds.
    case command([String], timeout: Int64)
    case alert

    var kind: RemediationDecision.Action {
        switch self {
        case .restart: .restart
        case .stop: .stop
        case .scale: .scale
        case .command: .command
        case .alert: .alert
        }
    }
}

/// Which changes of which processes a policy is about.
struct ProcessMatch: Sendable, Equatable {
    /// What a readiness probe says.
    enum Health: String, Sendable, CaseIterable {
        case healthy, unhealthy, unknown

        init(_ readiness: ProcessState.Readiness) {
            switch readiness {
            case .ready: self = .healthy
            case .notReady: self = .unhealthy
            case .unknown: self = .unknown
            }
        }
    }

    var processes = [WildcardPattern.everything]
    var namespaces = [WildcardPattern.everything]
    var kinds: Set<ProcessEvent.Kind> = [.crashed]
    var health: Health?
    /// So many matching changes in a row.
    var consecutive = 1

    /// Whether an event fits, but for how many came before.
    func covers(_ event: ProcessEvent) -> Bool {
        kinds.contains(event.kind) && (health == nil || health == Health(event.state.readiness))
            && processes.contains { $0.matches(event.process) } && namespaces.contains { $0.matches(event.namespace) }
    }
}

/// Pauses that grow with every attempt.
struct Backoff: Sendable, Equatable {
    /// Milliseconds before the first attempt.
    var initial: Int64 = 1000
    var factor = 2.0
    /// Milliseconds at most, jitter included.
    var maximum: Int64 = 60_000
    /// The part by which a pause may be longer, so that processes that fell together do not rise together.
    var jitter = 0.2

    /// The pause before an attempt.
    ///
    /// - Parameters:
    ///   - attempt: from 1.
    ///   - draw: at least 0 and less than 1: how much of the jitter is taken.
    func pause(before attempt: Int, draw: Double) -> Int64 {
        var pause = Double(initial)
        for _ in 1..<max(1, min(attempt, 1000)) {
            pause *= factor
            if pause >= Double(maximum) { return maximum }
        }
        return min(maximum, Int64(pause * (1 + jitter * draw)))
    }
}

// What is known of a run and of its steps: facts that are the same in whatever order, and however often, events arrive.

/// Something that happened at a time, by the event that says so.
struct RunMoment: Sendable, Hashable, Comparable {
    /// Unix milliseconds.
    var time: Int64
    /// The event's identifier decides between events of the same time.
    var event: String

    static func < (left: RunMoment, right: RunMoment) -> Bool {
        (left.time, left.event) < (right.time, right.event)
    }
}

/// What is known of one run. Every fact is the first or the last of its kind, so events may come in any order and again.
struct RunFacts: Sendable, Hashable {
    let identity: RunIdentity
    /// The first beginning, which also says what triggered the run.
    var started: RunMoment?
    var trigger: String?
    var triggerSource: String?
    /// The last beginning: another than the first when the run was tried again under the same identifier.
    var restarted: RunMoment?
    /// The last end, and what it says.
    var ended: RunMoment?
    var end: RunEvent.RunEnd?
    /// The first and last time that any event names.
    var firstEvent: Int64
    var lastEvent: Int64
    /// When the bus took the last event.
    var lastSeen: Int64
    /// What `lastSeen` was when the run was given up; an event that comes after that revives it.
    var lostSeen: Int64?

    init(_ event: RunEvent) {
        identity = event.identity
        firstEvent = event.time
        lastEvent = event.time
        lastSeen = event.seen
        absorb(event)
    }

    init(identity: RunIdentity, firstEvent: Int64, lastEvent: Int64, lastSeen: Int64) {
        self.identity = identity
        self.firstEvent = firstEvent
        self.lastEvent = lastEvent
        self.lastSeen = lastSeen
    }

    /// Takes an event of the run in.
    mutating func absorb(_ event: RunEvent) {
        firstEvent = min(firstEvent, event.time)
        lastEvent = max(lastEvent, event.time)
        lastSeen = max(lastSeen, event.seen)
        let moment = RunMoment(time: event.time, event: event.id)
        switch event.content {
        case .runStarted(let trigger, let source):
            if started.map({ moment < $0 }) ?? true {
                started = moment
                self.trigger = trigger
                triggerSource = source
            }
            restarted = max(restarted ?? moment, moment)
        case .runEnded(let end):
            if ended.map({ moment > $0 }) ?? true {
                ended = moment
                self.end = end
            }
        case .published, .stepStarted, .stepEnded, .lost: break
        }
    }

    /// How the run stands.
    var status: RunStatus {
        if let end, let ended, !isRunningAgain(since: ended) { return end.status }
        if let lostSeen, lostSeen >= lastSeen { return .lost }
        return .running
    }

    /// What names the present end; nil while the run is running.
    var finish: String? {
        switch status {
        case .running: nil
        case .lost: "lost:\(lostSeen ?? 0)"
        case .succeeded, .failed, .cancelled: ended?.event
        }
    }

    /// When it began, as far as is known.
    var began: Int64 {
        if let started { return started.time }
        if let ended, let duration = end?.duration { return min(firstEvent, ended.time - min(duration, ended.time)) }
        return firstEvent
    }

    /// When it ended: of a lost run the last that was heard of it; nil while it is running.
    var finished: Int64? {
        switch status {
        case .running: nil
        case .lost: max(began, lastEvent)
        case .succeeded, .failed, .cancelled: ended.map { max(began, $0.time) }
        }
    }

    /// Milliseconds from begin to end; what the reporter measured, where nothing was tried again.
    var duration: Int64? {
        guard let finished else { return nil }
        if status != .lost, started == restarted, let measured = end?.duration { return measured }
        return finished - began
    }

    var error: String? {
        switch status {
        case .running: nil
        case .lost: "the end of the run was never reported"
        case .succeeded, .failed, .cancelled: end?.error
        }
    }

    private func isRunningAgain(since ended: RunMoment) -> Bool {
        guard let restarted, let started else { return false }
        return restarted != started && restarted.time > ended.time
    }
}

/// What is known of one attempt at a node.
struct StepFacts: Sendable, Hashable {
    let node: String
    let attempt: Int64
    var pluginType: String?
    /// The event that named the plugin's type: the first one that does.
    var typed: RunMoment?
    var started: RunMoment?
    var ended: RunMoment?
    var end: RunEvent.StepEnd?

    init(node: String, attempt: Int64) {
        self.node = node
        self.attempt = attempt
    }

    /// Takes an event of the attempt in.
    mutating func absorb(_ step: RunEvent.Step, _ end: RunEvent.StepEnd?, _ event: RunEvent) {
        let moment = RunMoment(time: event.time, event: event.id)
        if let type = step.pluginType, typed.map({ moment < $0 }) ?? true {
            pluginType = type
            typed = moment
        }
        if let end {
            if ended.map({ moment > $0 }) ?? true {
                ended = moment
                self.end = end
            }
        } else {
            started = min(started ?? moment, moment)
        }
    }

    /// `running` until an end is known.
    var status: String { end?.status ?? RunStatus.running.rawValue }

    /// When it began, as far as is known.
    var began: Int64 {
        if let started { return started.time }
        guard let ended else { return 0 }
        return ended.time - min(end?.duration ?? 0, ended.time)
    }

    var finished: Int64? { ended.map { max(began, $0.time) } }

    var duration: Int64? { finished.map { end?.duration ?? ($0 - began) } }
}

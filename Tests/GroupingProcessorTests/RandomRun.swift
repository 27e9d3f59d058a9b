// One random run: events over few keys, cut into batches anywhere, with crashes and rebuilds from snapshots and commits.

import ArgusShared
import TestSupport

@testable import GroupingProcessor

/// Why a random run failed, and how to run it again.
struct RunFailure: Error, CustomStringConvertible {
    var seed: UInt64
    var step: Int
    var what: String
    var description: String { "seed \(seed), event \(step): \(what)" }
}

/// The state machine beside the naive model.
struct RandomRun {
    static let eventsPerRun = 80
    private static let minute: Int64 = 60_000

    private let seed: UInt64
    private var random: SeededGenerator
    private let keys: Int
    private let groups: Int
    private let managers: Int
    /// Whether commits and snapshots go through their JSON.
    private let encodes: Bool
    private let crashes: Bool
    private var time: Int64 = 1_000_000_000
    private var events: [AlertEvent] = []

    private var model = NaiveModel()
    private var state = PartitionState()
    private var applied = 0
    private var committed = 0
    private var snapshot = (clock: Timestamp(milliseconds: 0), nextOrdinal: Int64(0), alerts: [Alert]())
    private var commits: [Commit] = []
    private var view: [String: Alert] = [:]

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        keys = .random(in: 1...6, using: &random)
        groups = .random(in: 1...2, using: &random)
        managers = Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1
        encodes = Int.random(in: 0..<8, using: &random) == 0
        crashes = Bool.random(using: &random)
    }

    mutating func run() throws {
        for step in 0..<Self.eventsPerRun {
            let event = makeEvent(step)
            events.append(event)
            model.take(event)
            state.apply(event)
            applied += 1
            try compare()
            if chance(3) { try commit() }
            if crashes, chance(12) { try rebuild() }
        }
        try commit()
        try rebuild()
        guard view == Dictionary(uniqueKeysWithValues: model.alerts.map { ($0.id, $0) }) else {
            throw failure("a reader of the commits knows other alerts than the model")
        }
        guard NaiveModel(events).alerts == model.alerts else { throw failure("the model contradicts itself") }
    }

    // MARK: Checks

    private func failure(_ what: String) -> RunFailure {
        RunFailure(seed: seed, step: applied, what: what)
    }

    private mutating func compare() throws {
        let problems = state.violations()
        guard problems.isEmpty else { throw failure(problems.joined(separator: "; ")) }
        guard state.clock == model.clock else { throw failure("clock \(state.clock), expected \(model.clock)") }
        var residents = state.residents[...]
        for expected in model.alerts {
            if let alert = residents.first, alert.ordinal == expected.ordinal {
                guard alert == expected else { throw failure("\(alert)\nexpected \(expected)") }
                residents.removeFirst()
            } else if expected.status == .active || expected.canReactivate(at: model.clock) {
                throw failure("missing \(expected)")
            }
        }
        guard residents.isEmpty else { throw failure("superfluous \(residents)") }
        let deadline = model.alerts.compactMap(\.expiresAt).min()
        guard state.nextDeadline() == deadline else { throw failure("a wrong deadline") }
    }

    // MARK: Commits and crashes

    private mutating func commit() throws {
        var commit = Commit(
            partition: 3, owner: "o", inputSequence: UInt64(applied), clock: state.clock, nextOrdinal: state.nextOrdinal,
            changes: state.takeChanges())
        if encodes { commit = try Commit(commit.encoded()) }
        for index in commit.changes.indices {
            let known = view[commit.changes[index].alert.id]
            if !commit.changes[index].hasPayload {
                guard let known else { throw failure("a new alert without its payload") }
                commit.changes[index].alert.details = known.details
                commit.changes[index].alert.links = known.links
            }
            let alert = commit.changes[index].alert
            guard alert.version > known?.version ?? 0 else { throw failure("a version that does not grow") }
            guard Set(commit.changes[index].transitions.map(\.kind)).contains(.created) == (known == nil) else {
                throw failure("a creation told twice or never")
            }
            view[alert.id] = alert
            if !commit.changes[index].hasPayload {
                commit.changes[index].alert.details = nil
                commit.changes[index].alert.links = nil
            }
        }
        commits.append(commit)
        committed = applied
        if chance(8) {
            snapshot = (state.clock, state.nextOrdinal, try state.residents.shuffled(using: &random).map(stored))
            commits = []
        }
    }

    private func stored(_ alert: Alert) throws -> Alert {
        guard encodes else { return alert }
        var writer = JSONWriter()
        alert.writeRecord(to: &writer)
        return try JSONReader.read(writer.bytes) { try Alert(record: &$0) }
    }

    /// What a successor does: snapshot, commits, then the events that no commit contains.
    private mutating func rebuild() throws {
        state = try PartitionState(clock: snapshot.clock, nextOrdinal: snapshot.nextOrdinal, alerts: snapshot.alerts)
        for commit in commits { try state.apply(commit) }
        for event in events[committed...] { state.apply(event) }
        try compare()
    }

    // MARK: Events

    private mutating func chance(_ oneIn: Int) -> Bool {
        Int.random(in: 0..<oneIn, using: &random) == 0
    }

    private mutating func makeEvent(_ step: Int) -> AlertEvent {
        passTime()
        let action: AlertEvent.Action =
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<10: .trigger
            case 10..<17: .resolve
            case 17: .acknowledge
            default: .tick
            }
        let key = "k\(Int.random(in: 0..<keys, using: &random))"
        let manager = "m\(Int.random(in: 0..<managers, using: &random))"
        var event = AlertEvent(id: "e\(step)", action: action, managerID: manager, dedupKey: key, receivedAt: Timestamp(milliseconds: time))
        if action == .acknowledge { event.actor = chance(2) ? "ann" : nil }
        guard action == .trigger else { return event }
        event.summary = chance(4) ? "worse" : "bad"
        event.severity = chance(4) ? .high : .medium
        event.class = chance(8) ? nil : "c"
        if chance(3) { event.details = RawJSON(.object([.init("n", .integer(Int64(step % 3)))])) }
        let value = chance(8) ? nil : "g\(Int.random(in: 0..<groups, using: &random))"
        event.grouping = Grouping(ruleID: "r", value: value, window: [2, 10, 10, 60][Int.random(in: 0..<4, using: &random)] * Self.minute)
        event.isIdempotent = chance(3)
        if chance(3) { event.expiresAt = Timestamp(milliseconds: time + Int64.random(in: -1...5, using: &random) * Self.minute) }
        return event
    }

    /// Time mostly creeps, sometimes jumps, sometimes goes back, and often falls on a limit exactly or one millisecond beside it.
    private mutating func passTime() {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: time += .random(in: 0..<Self.minute, using: &random)
        case 9: time += .random(in: 0..<(30 * Self.minute), using: &random)
        case 10: time -= .random(in: 0..<(5 * Self.minute), using: &random)
        case 11..<16:
            guard let alert = model.alerts.randomElement(using: &random) else { return }
            let limits = [
                alert.createdAt.adding(milliseconds: alert.window), alert.resolvedAt?.adding(milliseconds: alert.window), alert.expiresAt,
            ]
            guard let limit = limits.compactMap({ $0 }).filter({ $0 >= model.clock }).randomElement(using: &random) else { return }
            time = limit.milliseconds + .random(in: -1...0, using: &random)
        default: return
        }
    }
}

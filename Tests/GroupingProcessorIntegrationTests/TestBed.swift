// A bus with partitions, members that can be stopped, crashed and held, and a reader of what they committed.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import Synchronization
import TestSupport
import Testing

@testable import GroupingProcessor

/// Everything a test of the whole processor needs.
struct TestBed {
    let server: NATSServer
    let bus: Bus
    let partitions: Int

    static func start(partitions: Int = 1) async throws -> TestBed {
        let server = try await NATSServer.start()
        let bus = try await connect(server)
        let count = try await BusSetup.ensure(on: bus, partitions: partitions, eventBytes: 1 << 28)
        return TestBed(server: server, bus: bus, partitions: count)
    }

    static func connect(_ server: NATSServer) async throws -> Bus {
        var configuration = BusConfiguration(servers: [server.url], name: "test")
        configuration.connectTimeout = .seconds(10)
        return try await Bus.connect(configuration, logger: quietLogger)
    }

    static var quietLogger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// Settings under which things happen soon.
    static var quick: WorkSettings {
        var settings = WorkSettings()
        settings.lease = .seconds(2)
        settings.idleWait = .milliseconds(10)
        return settings
    }

    /// Starts a member with a connection of its own.
    func member(_ name: String, settings: WorkSettings = quick, hook: @escaping CheckpointHook = { _ in }) async throws -> Member {
        let bus = try await Self.connect(server)
        let context = WorkContext(
            bus: bus, member: name, settings: settings, metrics: ProcessorMetrics(registry: MetricsRegistry()), logger: Self.quietLogger,
            hook: hook)
        return Member(context: context, partitions: partitions)
    }

    /// Publishes events as one message, and returns its sequence.
    @discardableResult
    func publish(_ events: [AlertEvent], partition: Int = 0) async throws -> UInt64 {
        var writer = JSONWriter()
        for event in events {
            event.write(to: &writer)
            writer.newline()
        }
        return try await bus.publish(writer.bytes, to: Subjects.events(partition: partition), messageID: Identifier.make()).sequence
    }

    /// All commits of a partition, with their sequences.
    func commits(partition: Int = 0) async throws -> [(sequence: UInt64, commit: Commit)] {
        let subject = Subjects.alerts(partition: partition)
        guard let last = try await bus.lastMessage(stream: Streams.alerts.name, subject: subject)?.metadata?.streamSequence else {
            return []
        }
        let consumer = try await bus.replay(stream: Streams.alerts.name, subject: subject, from: 1)
        var found: [(sequence: UInt64, commit: Commit)] = []
        while (found.last?.sequence ?? 0) < last {
            for message in try await consumer.next(max: 500, wait: .seconds(5)) {
                found.append((try #require(message.metadata).streamSequence, try Commit(message.payload)))
            }
        }
        await consumer.close()
        return found
    }

    /// Waits until the input is committed up to `sequence`.
    func committed(_ sequence: UInt64, partition: Int = 0, within limit: Duration = .seconds(20)) async throws {
        try await eventually("\(sequence) is committed in partition \(partition)", within: limit) {
            guard
                let message = try? await bus.lastMessage(
                    stream: Streams.alerts.name, subject: Subjects.alerts(partition: partition))
            else { return false }
            return try Commit(message.payload).inputSequence >= sequence
        }
    }

    /// What the commits of a partition tell, checked on the way: versions and positions only grow.
    func view(partition: Int = 0) async throws -> CommitView {
        var view = CommitView()
        for (_, commit) in try await commits(partition: partition) { view.take(commit) }
        return view
    }

    func manifests(partition: Int = 0) async throws -> [SnapshotReader.Stored] {
        try await SnapshotReader(bus: bus, partition: partition).manifests()
    }
}

/// Alerts as a reader of the commit log knows them.
struct CommitView {
    var alerts: [String: Alert] = [:]
    var transitions: [String: [Transition]] = [:]
    var position = (input: UInt64(0), offset: 0)
    var cutMessages = 0

    init() {}

    /// What the events make when they are applied one after the other without any processor.
    init(expecting events: [AlertEvent]) {
        var state = PartitionState()
        for event in events { state.apply(event) }
        take(Commit(partition: 0, owner: "", inputSequence: 1, clock: state.clock, nextOrdinal: 0, changes: state.takeChanges()))
    }

    mutating func take(_ commit: Commit) {
        let position = (input: commit.inputSequence, offset: commit.inputOffset)
        #expect(position >= self.position, "the position went back")
        self.position = position
        if commit.inputOffset > 0 { cutMessages += 1 }
        for change in commit.changes {
            var alert = change.alert
            let known = alerts[alert.id]
            #expect(alert.version > known?.version ?? 0, "a change was committed twice")
            if !change.hasPayload {
                alert.details = known?.details
                alert.links = known?.links
            }
            alerts[alert.id] = alert
            transitions[alert.id, default: []] += change.transitions
        }
    }
}

/// One processor without its HTTP door.
final class Member: Sendable {
    let keeper: LeaseKeeper
    let context: WorkContext
    private let task: Task<Void, Never>

    init(context: WorkContext, partitions: Int) {
        self.context = context
        let keeper = LeaseKeeper(context: context, partitions: partitions)
        self.keeper = keeper
        task = Task { await keeper.run() }
    }

    var metrics: ProcessorMetrics { context.metrics }

    /// As on SIGTERM.
    func stop() async {
        keeper.stop()
        await task.value
    }

    /// As on SIGKILL: nothing is written any more.
    func crash() async {
        task.cancel()
        await task.value
    }

    deinit {
        task.cancel()
    }
}

/// Holds whoever comes to one of its checkpoints until it is opened.
final class Gate: Sendable {
    private let isClosed = Mutex(false)
    private let arrivals = Atomic(0)
    private let isHeld: @Sendable (Checkpoint) -> Bool

    init(_ isHeld: @escaping @Sendable (Checkpoint) -> Bool) {
        self.isHeld = isHeld
    }

    /// How many were held so far.
    var arrived: Int { arrivals.load(ordering: .acquiring) }

    func close() { isClosed.withLock { $0 = true } }
    func open() { isClosed.withLock { $0 = false } }

    func pass(_ checkpoint: Checkpoint) async throws {
        guard isHeld(checkpoint), isClosed.withLock({ $0 }) else { return }
        arrivals.wrappingAdd(1, ordering: .acquiringAndReleasing)
        while isClosed.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
    }
}

/// Random events for tests of the processor: few keys, time that passes as the real one.
struct EventSource {
    private var random: SeededGenerator
    private(set) var all: [AlertEvent] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    mutating func next(_ count: Int) -> [AlertEvent] {
        let events = (0..<count).map { _ in make() }
        all += events
        return events
    }

    private mutating func make() -> AlertEvent {
        let isTrigger = Int.random(in: 0..<10, using: &random) < 6
        var event = AlertEvent(
            action: isTrigger ? .trigger : .resolve, managerID: "m\(Int.random(in: 0..<2, using: &random))",
            dedupKey: "k\(Int.random(in: 0..<12, using: &random))", receivedAt: .now())
        event.summary = "summary \(Int.random(in: 0..<3, using: &random))"
        event.severity = .medium
        event.details = RawJSON(.object([.init("n", .integer(Int64.random(in: 0..<3, using: &random)))]))
        event.grouping = Grouping(ruleID: "r", value: "g\(Int.random(in: 0..<2, using: &random))", window: 60_000)
        return event
    }
}

// Works on one partition: takes it over, turns input into commits, leaves in good order or at once.

import ArgusBus
import ArgusService
import ArgusShared
import Logging

/// What every worker of a process shares.
struct WorkContext: Sendable {
    let bus: Bus
    /// The name of this process among the members.
    let member: String
    let settings: WorkSettings
    let metrics: ProcessorMetrics
    let logger: Logger
    /// Lets tests fail or hold a worker at given moments.
    var hook: CheckpointHook = { _ in }
}

/// The owner of one partition, from the claim to the end.
struct PartitionWorker {
    private let partition: Int
    private let context: WorkContext
    private let control: PartitionControl
    private let gauges: ProcessorMetrics.OfPartition
    private let logger: Logger
    private let purger: InputPurger
    private let ticker: Ticker
    private let deadLetters: DeadLetters

    private var state = PartitionState()
    private var position = LogPosition()
    private var log: CommitLog
    private var snapshots: SnapshotWriter?
    private var schedule: SnapshotSchedule
    /// Halved when a commit turns out to be larger than the bus takes.
    private var commitLimit: Int

    // What the next commit will contain.
    private var lastTurn: ContinuousClock.Instant?
    private var hasUncommitted = false
    private var uncommittedEvents = 0
    private var oldestReceived: Timestamp?
    private var countedIgnored = IgnoredEvents()

    init(partition: Int, context: WorkContext, control: PartitionControl) {
        self.partition = partition
        self.context = context
        self.control = control
        var logger = context.logger
        logger[metadataKey: LogKey.partition] = "\(partition)"
        self.logger = logger
        gauges = context.metrics.partition(partition)
        purger = InputPurger(bus: context.bus, partition: partition, logger: logger, hook: context.hook)
        ticker = Ticker(bus: context.bus, partition: partition, logger: logger)
        deadLetters = DeadLetters(bus: context.bus, service: ServiceName.groupingProcessor, logger: logger)
        log = CommitLog(bus: context.bus, partition: partition, control: control, last: 0)
        schedule = SnapshotSchedule(interval: context.settings.snapshotInterval, commits: context.settings.snapshotCommits)
        commitLimit = min(context.settings.commitLimitBytes, max(context.bus.maximumPayload / 2, 4096))
    }

    /// Works until asked to end, fenced or failed.
    mutating func run() async -> PartitionOutcome {
        defer {
            schedule.cancel()
            gauges.clear()
        }
        while true {
            do {
                try await takeOver()
                try await work()
                return .released
            } catch PartitionError.fenced {
                context.metrics.fenced.increment()
                logger.warning("another processor has committed: the partition is given up")
                return .fenced
            } catch PartitionError.abandoned {
                return .abandoned
            } catch PartitionError.commitTooLarge(let bytes) where commitLimit > 4096 {
                commitLimit = min(commitLimit, bytes) / 4
                logger.warning("a commit was too large, trying smaller ones", metadata: ["bytes": "\(bytes)"])
            } catch {
                if Task.isCancelled || control.wish == .abandon { return .abandoned }
                return .failed(error)
            }
        }
    }

    // MARK: Taking over

    /// Rebuilds the state and writes a commit without changes: from then on no predecessor can commit.
    private mutating func takeOver() async throws {
        let start = ContinuousClock.now
        let loader = PartitionLoader(bus: context.bus, partition: partition, logger: logger)
        var loaded = try await loader.load()
        try await checkInput(loaded.position)
        var attempts = 0
        while true {
            log = CommitLog(bus: context.bus, partition: partition, control: control, last: try await lastCommit())
            guard log.last <= loaded.position.commit || log.last == 0 else {
                try await loader.catchUp(&loaded)
                continue
            }
            state = loaded.state
            position = loaded.position
            do {
                try await append([])
                break
            } catch PartitionError.fenced where attempts < 20 {
                // The predecessor was just committing.
                attempts += 1
                try await loader.catchUp(&loaded)
            }
        }
        clearUncommitted()
        countedIgnored = state.ignored
        schedule = SnapshotSchedule(
            interval: context.settings.snapshotInterval, commits: context.settings.snapshotCommits, uncovered: loaded.commits,
            changes: loaded.changes)
        snapshots = SnapshotWriter(
            bus: context.bus, partition: partition, owner: context.member, hook: context.hook, manifestSequence: loaded.manifestSequence,
            newest: loaded.manifest)
        let duration = ContinuousClock.now - start
        context.metrics.takeovers.increment()
        context.metrics.takeoverDuration.record(duration)
        gauges.owned.set(1)
        showAlerts()
        logger.info(
            "partition taken over",
            metadata: [
                "alerts": "\(state.count)", "commits": "\(loaded.commits)", LogKey.sequence: "\(position.commit)",
                LogKey.duration: "\(duration)",
            ])
    }

    private func lastCommit() async throws -> UInt64 {
        let newest = try await context.bus.lastMessage(stream: Streams.alerts.name, subject: Subjects.alerts(partition: partition))
        return newest?.metadata?.streamSequence ?? 0
    }

    /// An input stream that is shorter than what was committed is not the one that was committed.
    private func checkInput(_ position: LogPosition) async throws {
        let info = try await context.bus.streamInfo(Streams.eventsName(partition: partition))
        guard info.lastSequence >= position.input else {
            throw PartitionError.inconsistent(
                "\(info.name) ends at \(info.lastSequence), but \(position.input) is committed: the stream was made anew")
        }
    }

    // MARK: Turns

    private mutating func work() async throws {
        let input = try await context.bus.replay(
            stream: Streams.eventsName(partition: partition), from: position.input + 1, prefetch: 2 * context.settings.turnMessages)
        do {
            while control.wish == .work { try await turn(input) }
            await input.close()
        } catch {
            await input.close()
            throw error
        }
        guard control.wish < .abandon else { throw PartitionError.abandoned }
        try await leave()
    }

    private mutating func turn(_ input: OrderedConsumer) async throws {
        // Whoever comes after a pause is served at once, and so is a backlog; in between, what arrives meanwhile shares a commit.
        if let lastTurn { try? await Task.sleep(until: lastTurn + context.settings.turnInterval) }
        let messages = try await input.next(max: context.settings.turnMessages, wait: wait(), maxBytes: context.settings.turnBytes)
        lastTurn = messages.last?.metadata?.pending == 0 ? .now : nil
        for message in messages {
            try await take(message)
            if state.pendingBytes >= min(context.settings.commitBytes, commitLimit) { try await commit() }
        }
        if hasUncommitted { try await commit() }
        if let last = messages.last?.metadata { gauges.backlog.set(Double(last.pending)) } else { gauges.backlog.set(0) }
        if let deadline = state.nextDeadline() {
            ticker.consider(deadline: deadline, now: max(.now(), state.clock), input: position.input)
        }
        purger.advance(to: position.input)
        snapshotIfDue()
        guard control.mayWrite else { throw PartitionError.abandoned }
    }

    /// Until the next deadline, but not for long.
    private mutating func wait() -> Duration {
        guard let deadline = state.nextDeadline() else { return context.settings.idleWait }
        let now = max(.now(), state.clock)
        guard deadline > now else { return min(.milliseconds(10), context.settings.idleWait) }
        return min(.milliseconds(deadline.milliseconds - now.milliseconds), context.settings.idleWait)
    }

    private mutating func take(_ message: BusMessage) async throws {
        guard let sequence = message.metadata?.streamSequence, sequence > position.input else { return }
        // Messages may be missing, for they were purged; an offset counts for the very next one only.
        let offset = sequence == position.input + 1 ? position.inputOffset : 0
        if sequence > position.input + 1 { position.input = sequence - 1 }
        position.inputOffset = offset
        switch InputDecoder.decode(message) {
        case .success(let events):
            for event in events.dropFirst(offset) { try await take(event) }
        case .failure(let problem):
            try await deadLetters.put(message, reason: problem.reason, control: control)
            context.metrics.deadLetters.increment()
        }
        position.input = sequence
        position.inputOffset = 0
        hasUncommitted = true
    }

    private mutating func take(_ event: AlertEvent) async throws {
        if event.action == .tick {
            ticker.arrived(event.id)
        } else {
            oldestReceived = oldestReceived.map { min($0, event.receivedAt) } ?? event.receivedAt
        }
        state.apply(event)
        uncommittedEvents += 1
        position.inputOffset += 1
        if state.pendingBytes >= commitLimit { try await commit() }
    }

    // MARK: Commits

    private mutating func commit() async throws {
        try await context.hook(.beforeCommit(partition: partition))
        let start = ContinuousClock.now
        let changes = state.takeChanges()
        try await append(changes)
        try await context.hook(.afterCommit(partition: partition))
        context.metrics.commits.increment()
        context.metrics.commitDuration.record(ContinuousClock.now - start)
        context.metrics.events.increment(by: uncommittedEvents)
        context.metrics.batchEvents.record(Double(uncommittedEvents))
        if let oldestReceived {
            context.metrics.lag.record(seconds: (Double(Timestamp.now().milliseconds) - Double(oldestReceived.milliseconds)) / 1000)
        }
        context.metrics.addIgnored(from: countedIgnored, to: state.ignored)
        countedIgnored = state.ignored
        clearUncommitted()
        schedule.committed(changes: changes.count)
        showAlerts()
    }

    private mutating func append(_ changes: [AlertChange]) async throws {
        var commit = Commit(
            partition: partition, owner: context.member, inputSequence: position.input, clock: state.clock, nextOrdinal: state.nextOrdinal,
            changes: changes)
        commit.inputOffset = position.inputOffset
        try await log.append(commit.encoded())
        position.commit = log.last
    }

    private mutating func clearUncommitted() {
        hasUncommitted = false
        uncommittedEvents = 0
        oldestReceived = nil
    }

    private func showAlerts() {
        gauges.liveAlerts.set(Double(state.count))
        gauges.activeAlerts.set(Double(state.activeCount))
    }

    // MARK: Snapshots and leaving

    private mutating func snapshotIfDue() {
        guard schedule.isDue(alerts: state.count), let snapshots else { return }
        let image = state.image
        let position = position
        let context = context
        let logger = logger
        schedule.begin { await Self.write(image, at: position, with: snapshots, context, logger) }
    }

    /// Everything taken in is committed: what remains is to make the successor's start quick.
    private mutating func leave() async throws {
        let isWanted = control.wish == .releaseWithSnapshot || schedule.isWorthwhile(alerts: state.count)
        if let snapshots, isWanted, await schedule.end() {
            await Self.write(state.image, at: position, with: snapshots, context, logger)
        }
        await purger.finish(at: position.input)
    }

    /// A snapshot that fails is no reason to stop: the log has everything.
    private static func write(
        _ image: PartitionImage, at position: LogPosition, with snapshots: SnapshotWriter, _ context: WorkContext, _ logger: Logger
    ) async {
        let start = ContinuousClock.now
        do {
            let manifest = try await snapshots.write(image, at: position)
            let duration = ContinuousClock.now - start
            context.metrics.snapshots.increment()
            context.metrics.snapshotDuration.record(duration)
            logger.info(
                "snapshot written",
                metadata: [
                    "alerts": "\(manifest.alerts)", "chunks": "\(manifest.chunks.count)", LogKey.sequence: "\(position.commit)",
                    LogKey.duration: "\(duration)",
                ])
        } catch {
            guard !Task.isCancelled else { return }
            context.metrics.snapshotFailures.increment()
            logger.warning("a snapshot was not written", metadata: [LogKey.error: "\(error)"])
        }
    }
}

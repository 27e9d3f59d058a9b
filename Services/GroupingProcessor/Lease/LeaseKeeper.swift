// Membership: keeps this process alive in the eyes of the others, and starts and ends workers as partitions change hands.

import ArgusBus
import ArgusService
import ArgusShared
import Logging

/// One member. Ownership changes by compare-and-set in the bucket of leases; that two workers of a partition run at the same time for a
/// moment is possible and harmless, for only one of them can commit.
actor LeaseKeeper {
    private struct Running {
        let epoch: Int64
        let control: PartitionControl
        let task: Task<Void, Never>
    }

    /// How long workers have to finish on shutdown, last snapshots included, before they are cut short.
    private static let patience = Duration.seconds(6)

    private let context: WorkContext
    private let partitions: Int
    private let bucket: KeyValueBucket
    private let lease: Lease
    private let logger: Logger
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let stopping: AsyncStream<Void>
    private let stopper: AsyncStream<Void>.Continuation

    private var table: LeaseTable
    private var running: [Int: Running] = [:]
    /// Workers that were told to drop everything and may not have ended yet.
    private var abandoned: [Int: Task<Void, Never>] = [:]
    /// When a partition that failed may be tried again, and how long the next pause is.
    private var pauses: [Int: (until: ContinuousClock.Instant, next: Duration)] = [:]
    private var isLeaving = false
    private var isCrashed = false

    init(context: WorkContext, partitions: Int) {
        self.context = context
        self.partitions = partitions
        bucket = context.bus.keyValue(Buckets.leases)
        lease = Lease(duration: context.settings.lease)
        logger = context.logger
        table = LeaseTable(me: context.member, partitions: partitions, lease: context.settings.lease)
        (wake, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (stopping, stopper) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Partitions that this member works on.
    var owned: [Int] { running.keys.sorted() }

    /// Whether this member takes part: the others see it, and it sees them.
    var isTakingPart: Bool { lease.isValid && table.isReliable(at: .now) }

    /// Asks `run()` to hand everything over and to end.
    nonisolated func stop() {
        stopper.finish()
    }

    /// Takes part until `stop()`, or until cancelled: then everything is dropped where it stands, as in a crash.
    func run() async {
        let beating = Task { await self.beat() }
        defer { beating.cancel() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch() }
            group.addTask { await self.reconcileWhenWoken() }
            for await _ in stopping {}
            if Task.isCancelled {
                crash()
            } else {
                await leave(beating)
            }
            group.cancelAll()
            waker.finish()
        }
    }

    // MARK: Heartbeats and observations

    private func beat() async {
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await context.hook(.heartbeat)
                try await bucket.put(MemberRecord.key(context.member), MemberRecord(isLeaving: isLeaving).encoded)
                lease.confirm(begunAt: start)
            } catch {
                logger.debug("a heartbeat was not acknowledged", metadata: [LogKey.error: "\(error)"])
            }
            waker.yield()
            try? await Task.sleep(until: start + lease.duration / 6)
        }
    }

    private func watch() async {
        while !Task.isCancelled {
            do {
                for try await update in bucket.watch() {
                    table.observe(update, at: .now)
                    waker.yield()
                }
            } catch {
                if Task.isCancelled { return }
                logger.warning("the watch of leases ended, beginning anew", metadata: [LogKey.error: "\(error)"])
            }
            table.restart()
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: Decisions

    private func reconcileWhenWoken() async {
        for await _ in wake {
            if Task.isCancelled { return }
            if !isLeaving { await reconcile() }
        }
    }

    private func reconcile() async {
        guard lease.isValid else {
            if !running.isEmpty { logger.warning("the lease ran out: all partitions are given up") }
            for partition in running.keys { abandon(partition) }
            return
        }
        let now = ContinuousClock.now
        let decision = table.decide(held: running.mapValues(\.epoch), at: now)
        context.metrics.members.set(Double(table.living.count))
        for partition in decision.lost { abandon(partition) }
        for partition in decision.release { running[partition]?.control.ask(.release) }
        for (partition, epoch) in decision.relinquish { await release(partition, epoch: epoch) }
        for acquisition in decision.acquire where pauses[acquisition.partition].map({ $0.until <= now }) ?? true {
            guard !isLeaving, await acquire(acquisition) else { break }
        }
    }

    /// Claims a partition and starts its worker. Whether to go on with others: not when the bus does not answer.
    private func acquire(_ acquisition: LeaseTable.Decision.Acquisition) async -> Bool {
        let claim = PartitionClaim(owner: context.member, epoch: acquisition.epoch)
        let key = PartitionClaim.key(acquisition.partition)
        do throws(BusError) {
            let revision =
                if let known = acquisition.revision {
                    try await bucket.update(key, claim.encoded, revision: known)
                } else {
                    try await bucket.create(key, claim.encoded)
                }
            table.note(claim, of: acquisition.partition, revision: revision)
        } catch {
            // Somebody was faster: the watch will tell.
            if error.code == .keyExists { return true }
            logger.debug("a claim was not acknowledged", metadata: [LogKey.error: "\(error)"])
            return false
        }
        guard !isLeaving, !isCrashed, running[acquisition.partition] == nil else { return false }
        start(acquisition.partition, epoch: acquisition.epoch)
        return true
    }

    private func start(_ partition: Int, epoch: Int64) {
        let control = PartitionControl(lease: lease)
        let context = context
        let predecessor = abandoned.removeValue(forKey: partition)
        let task = Task {
            await predecessor?.value
            var worker = PartitionWorker(partition: partition, context: context, control: control)
            let outcome = await worker.run()
            await self.ended(partition, epoch: epoch, outcome)
        }
        running[partition] = Running(epoch: epoch, control: control, task: task)
    }

    /// The worker stops writing at once and is forgotten; another may take the partition, even this member.
    private func abandon(_ partition: Int) {
        guard let worker = running.removeValue(forKey: partition) else { return }
        worker.control.ask(.abandon)
        worker.task.cancel()
        abandoned[partition] = worker.task
    }

    private func ended(_ partition: Int, epoch: Int64, _ outcome: PartitionOutcome) async {
        guard running[partition]?.epoch == epoch else { return }
        running[partition] = nil
        switch outcome {
        case .released:
            pauses[partition] = nil
            logger.info("partition released", metadata: [LogKey.partition: "\(partition)"])
            await release(partition, epoch: epoch)
        case .abandoned: break
        case .fenced: pause(partition)
        case .failed(let error):
            context.metrics.failures.increment()
            logger.error("a partition failed", metadata: [LogKey.partition: "\(partition)", LogKey.error: "\(error)"])
            pause(partition)
        }
        waker.yield()
    }

    private func pause(_ partition: Int) {
        let length = pauses[partition]?.next ?? .milliseconds(200)
        pauses[partition] = (until: .now + length, next: min(length * 2, .seconds(10)))
    }

    private func release(_ partition: Int, epoch: Int64) async {
        guard !isCrashed, let known = table.claim(of: partition), known.claim == PartitionClaim(owner: context.member, epoch: epoch) else {
            return
        }
        let released = PartitionClaim(owner: context.member, epoch: epoch, isReleased: true)
        do {
            let revision = try await bucket.update(PartitionClaim.key(partition), released.encoded, revision: known.revision)
            table.note(released, of: partition, revision: revision)
        } catch {
            logger.debug("a release was not acknowledged", metadata: [LogKey.partition: "\(partition)", LogKey.error: "\(error)"])
        }
    }

    // MARK: The end

    /// Hands everything over: the others learn first that this member wants nothing more, then of each partition as it becomes free.
    private func leave(_ beating: Task<Void, Never>) async {
        isLeaving = true
        // Without a connection there is nobody to tell; the lease tells it then.
        if context.bus.status == .connected {
            _ = try? await bucket.put(MemberRecord.key(context.member), MemberRecord(isLeaving: true).encoded)
        }
        let workers = running
        for worker in workers.values { worker.control.ask(.releaseWithSnapshot) }
        let hurry = Task {
            try await Task.sleep(for: Self.patience)
            for worker in workers.values { worker.task.cancel() }
        }
        for worker in workers.values { await worker.task.value }
        hurry.cancel()
        // A heartbeat after the deletion would bring the member back.
        beating.cancel()
        await beating.value
        if context.bus.status == .connected { try? await bucket.delete(MemberRecord.key(context.member)) }
        logger.info("all partitions are handed over", metadata: [LogKey.count: "\(workers.count)"])
    }

    private func crash() {
        isCrashed = true
        isLeaving = true
        for partition in running.keys { abandon(partition) }
    }
}

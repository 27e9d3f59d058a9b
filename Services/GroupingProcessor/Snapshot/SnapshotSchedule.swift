// When a snapshot of a partition is due, and the one that is being written.

import Synchronization

/// Begins snapshots on a timer and by commits, one at a time.
struct SnapshotSchedule {
    /// A snapshot being written.
    private final class Job: Sendable {
        private let ended = Atomic(false)
        private let task = Mutex<Task<Void, Never>?>(nil)

        var hasEnded: Bool { ended.load(ordering: .acquiring) }

        func start(_ body: @escaping @Sendable () async -> Void) {
            task.withLock {
                $0 = Task {
                    await body()
                    ended.store(true, ordering: .releasing)
                }
            }
        }

        func cancel() {
            task.withLock { $0?.cancel() }
        }

        func wait() async {
            await task.withLock { $0 }?.value
        }
    }

    /// However quiet a partition is, its snapshot is never older than this: far younger than the commit log's retention.
    private static let maximumAge = Duration.seconds(86_400)

    /// Between two snapshots that are written because much has changed.
    private static let pause = Duration.seconds(5)
    /// Changes that are replayed so quickly that no snapshot is worth its while.
    private static let fewChanges = 20_000

    private let interval: Duration
    private let commits: Int
    private var last = ContinuousClock.now
    /// Commits since the last snapshot was begun.
    private var uncovered: Int
    /// Changed alerts in them.
    private var changes: Int
    private var job: Job?

    init(interval: Duration, commits: Int, uncovered: Int = 0, changes: Int = 0) {
        self.interval = interval
        self.commits = commits
        self.uncovered = uncovered
        self.changes = changes
    }

    /// A commit changed so many alerts.
    mutating func committed(changes: Int) {
        uncovered += 1
        self.changes += changes
    }

    /// Whether it is time: by commits, by age, or because a replay would change each of the `alerts` in memory more than once.
    func isDue(alerts: Int) -> Bool {
        guard job?.hasEnded ?? true else { return false }
        let age = ContinuousClock.now - last
        return uncovered >= commits || (uncovered > 0 && age >= interval) || age >= Self.maximumAge
            || (changes >= max(2 * alerts, Self.fewChanges) && age >= Self.pause)
    }

    /// Whether a successor is spared much by a snapshot.
    func isWorthwhile(alerts: Int) -> Bool {
        changes >= max(alerts / 2, Self.fewChanges / 10)
    }

    /// Begins to write what `body` writes.
    mutating func begin(_ body: @escaping @Sendable () async -> Void) {
        let job = Job()
        job.start(body)
        self.job = job
        uncovered = 0
        changes = 0
        last = .now
    }

    func cancel() {
        job?.cancel()
    }

    /// Ends the snapshot that is being written, and tells whether a last one is needed.
    func end() async -> Bool {
        guard let job, !job.hasEnded else { return uncovered > 0 }
        job.cancel()
        await job.wait()
        return true
    }
}

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

    private let interval: Duration
    private let commits: Int
    private var last = ContinuousClock.now
    /// Commits since the last snapshot was begun.
    private var uncovered: Int
    private var job: Job?

    init(interval: Duration, commits: Int, uncovered: Int) {
        self.interval = interval
        self.commits = commits
        self.uncovered = uncovered
    }

    mutating func committed() {
        uncovered += 1
    }

    var isDue: Bool {
        guard job?.hasEnded ?? true else { return false }
        let age = ContinuousClock.now - last
        return uncovered >= commits || (uncovered > 0 && age >= interval) || age >= Self.maximumAge
    }

    /// Begins to write what `body` writes.
    mutating func begin(_ body: @escaping @Sendable () async -> Void) {
        let job = Job()
        job.start(body)
        self.job = job
        uncovered = 0
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

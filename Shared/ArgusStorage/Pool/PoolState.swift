// The bookkeeping of a pool: jobs that wait and workers that take them. No locks, no threads, no clock.

import DequeModule

/// How large a pool may grow.
struct PoolLimits: Sendable {
    /// The most workers.
    var open: Int
    /// The most workers kept without work.
    var idle: Int
    /// The most jobs that wait.
    var waiting: Int
    /// The age at which a connection is replaced.
    var lifetime: Duration?
}

/// Jobs are taken first in, first out. A worker is counted from the moment it is decided on until it has said that it is gone.
struct PoolState<Job> {
    /// What submitting a job calls for.
    enum Submission: Equatable {
        case wake
        case spawn
        case queued
        case full
        case closed
    }

    /// What a worker does next.
    enum Next {
        case run(Job)
        case park
        case exit
    }

    private let limits: PoolLimits
    private var order: Deque<UInt64> = []
    private var jobs: [UInt64: Job] = [:]
    private(set) var workers = 0
    private(set) var idle = 0
    private(set) var refused = 0
    private(set) var isClosed = false

    init(_ limits: PoolLimits) {
        self.limits = limits
    }

    var waiting: Int { jobs.count }
    /// The length of the queue with the cancelled that it still holds.
    var queueLength: Int { order.count }

    /// Takes a job in.
    mutating func submit(_ id: UInt64, _ job: Job) -> Submission {
        guard !isClosed else { return .closed }
        guard jobs.count < limits.waiting else {
            refused += 1
            return .full
        }
        order.append(id)
        jobs[id] = job
        if idle > 0 {
            idle -= 1
            return .wake
        }
        if workers < limits.open {
            workers += 1
            return .spawn
        }
        return .queued
    }

    /// Takes a job out before it ran; nil if a worker has it or had it.
    mutating func cancel(_ id: UInt64) -> Job? {
        let job = jobs.removeValue(forKey: id)
        if order.count > 2 * jobs.count + 64 { order.removeAll { jobs[$0] == nil } }
        return job
    }

    /// What a worker without work does.
    mutating func next() -> Next {
        while let id = order.popFirst() {
            if let job = jobs.removeValue(forKey: id) { return .run(job) }
        }
        if isClosed || idle >= limits.idle { return .exit }
        idle += 1
        return .park
    }

    /// What a parked worker does whose time is up; nil if it was woken at the same moment and must take the wake-up.
    mutating func timedOut() -> Bool {
        guard idle > 0 else { return false }
        idle -= 1
        return true
    }

    /// Counts a worker that has closed its connection; true if it must stay, because jobs came that nobody else will take.
    mutating func exited() -> Bool {
        if !isClosed, !jobs.isEmpty { return true }
        workers -= 1
        return false
    }

    /// Refuses all jobs from now on; returns those that waited, in order, and how many workers are to be woken.
    mutating func close() -> (jobs: [Job], wake: Int) {
        isClosed = true
        let dropped = order.compactMap { jobs.removeValue(forKey: $0) }
        defer { (order, idle) = ([], 0) }
        return (dropped, idle)
    }
}

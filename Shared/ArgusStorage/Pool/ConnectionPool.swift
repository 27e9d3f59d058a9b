// Threads that own connections and take work from one queue.

import Dispatch
import Foundation
import Logging
import Synchronization

/// A bounded number of threads, each with a connection of its own, and a bounded queue before them.
final class ConnectionPool: Sendable {
    private struct Job: Sendable {
        let run: @Sendable (ConnectionSlot) -> Void
        let fail: @Sendable (StorageError) -> Void
    }

    private struct State {
        var pool: PoolState<Job>
        var nextID: UInt64 = 0
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let wakeUps = DispatchSemaphore(value: 0)
    private let driver: any Driver
    private let mode: TransactionMode
    private let limits: PoolLimits
    private let logger: Logger

    init(_ driver: any Driver, mode: TransactionMode, limits: PoolLimits, logger: Logger) {
        self.driver = driver
        self.mode = mode
        self.limits = limits
        self.logger = logger
        state = Mutex(State(pool: PoolState(limits)))
    }

    var statistics: StorageStatistics {
        state.withLock { StorageStatistics(open: $0.pool.workers, idle: $0.pool.idle, waiting: $0.pool.waiting, refused: $0.pool.refused) }
    }

    /// Runs work on one of the threads.
    func run<T: Sendable>(_ work: @Sendable @escaping (ConnectionSlot) throws -> T) async throws -> T {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
                let job = Job(
                    run: { slot in continuation.resume(with: Result { try work(slot) }) },
                    fail: { error in continuation.resume(throwing: error) })
                submit(id, job)
                // The handler may have run before the job was there to be found.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Refuses waiting and new work, waits for work that runs, and closes the connections.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let (dropped, wake, isGone) = state.withLock { state in
                let (dropped, wake) = state.pool.close()
                let isGone = state.pool.workers == 0
                if !isGone { state.closers.append(continuation) }
                return (dropped, wake, isGone)
            }
            for job in dropped { job.fail(StorageError(.closed, "the database was closed while a call waited for a connection")) }
            for _ in 0..<wake { wakeUps.signal() }
            if isGone { continuation.resume() }
        }
    }

    private func submit(_ id: UInt64, _ job: Job) {
        switch state.withLock({ $0.pool.submit(id, job) }) {
        case .wake: wakeUps.signal()
        case .spawn: spawn()
        case .queued: break
        case .full: job.fail(StorageError(.busy, "\(limits.waiting) calls wait for a database connection already"))
        case .closed: job.fail(StorageError(.closed, "the database is closed"))
        }
    }

    private func cancel(_ id: UInt64) {
        let job = state.withLock { $0.pool.cancel(id) }
        job?.fail(StorageError(.cancelled, "the task was cancelled while it waited for a database connection"))
    }

    private func spawn() {
        let thread = Thread { self.work() }
        thread.name = "argus-storage"
        thread.start()
    }

    private func work() {
        let slot = ConnectionSlot(driver: driver, mode: mode, lifetime: limits.lifetime, logger: logger)
        var closers: [CheckedContinuation<Void, Never>] = []
        var stays = true
        while stays {
            while takeJobs(slot) {}
            slot.close()
            (stays, closers) = state.withLock { state in
                if state.pool.exited() { return (true, []) }
                guard state.pool.isClosed, state.pool.workers == 0 else { return (false, []) }
                defer { state.closers = [] }
                return (false, state.closers)
            }
        }
        for closer in closers { closer.resume() }
    }

    /// Runs what there is, then waits; false if the worker is to end.
    private func takeJobs(_ slot: ConnectionSlot) -> Bool {
        while true {
            switch state.withLock({ $0.pool.next() }) {
            case .run(let job): job.run(slot)
            case .park: return park()
            case .exit: return false
            }
        }
    }

    private func park() -> Bool {
        guard let lifetime = limits.lifetime else {
            wakeUps.wait()
            return true
        }
        guard wakeUps.wait(timeout: .now() + .milliseconds(Int(lifetime.milliseconds))) == .timedOut else { return true }
        if state.withLock({ $0.pool.timedOut() }) { return false }
        wakeUps.wait()
        return true
    }
}

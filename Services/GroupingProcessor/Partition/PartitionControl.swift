// How the keeper of leases tells the worker of a partition to end, and how a worker tells why it ended.

import Synchronization

/// Why a worker ended.
enum PartitionOutcome: Sendable {
    /// It was asked to, and everything it took in is committed.
    case released
    /// Somebody else commits: what it held is worth nothing.
    case fenced
    /// It was told to drop everything, or its lease ran out.
    case abandoned
    /// Something else went wrong; the partition may be taken again later.
    case failed(any Error)
}

/// A wish to end, seen by the worker between turns. Safe from any task.
final class PartitionControl: Sendable {
    enum Wish: Int, Comparable, Sendable {
        case work
        /// Finish the turn and leave.
        case release
        /// Finish the turn, write a snapshot and leave.
        case releaseWithSnapshot
        /// Leave at once and write nothing any more.
        case abandon

        static func < (lhs: Wish, rhs: Wish) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    private let lease: Lease
    private let state = Mutex(Wish.work)

    init(lease: Lease) {
        self.lease = lease
    }

    var wish: Wish { state.withLock { $0 } }

    /// Whether the worker may write.
    var mayWrite: Bool { wish < .abandon && lease.isValid }

    /// Asks for an end; a stronger wish replaces a weaker one.
    func ask(_ wish: Wish) {
        state.withLock { $0 = max($0, wish) }
    }
}

/// A moment at which tests let a worker fail or stand still.
enum Checkpoint: Sendable, Equatable {
    case heartbeat
    case beforeCommit(partition: Int)
    case afterCommit(partition: Int)
    case beforePurge(partition: Int)
    case beforeManifest(partition: Int)
}

/// What is called at checkpoints.
typealias CheckpointHook = @Sendable (Checkpoint) async throws -> Void

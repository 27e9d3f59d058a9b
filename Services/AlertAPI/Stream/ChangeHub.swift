// Hands changes of alerts to those who follow them.

import ArgusShared
import Synchronization

/// A change with its place in the commit log.
struct StreamedChange: Sendable {
    /// The commit's sequence in the log: the same at every instance.
    let sequence: UInt64
    /// The change's place in the commit.
    let index: Int
    let change: AlertChange

    var id: ChangeID { ChangeID(sequence: sequence, index: index) }
}

/// The identifier of a change, as `Last-Event-ID` carries it.
struct ChangeID: Hashable, Comparable, Sendable {
    var sequence: UInt64
    var index: Int

    /// `<sequence>-<index>`.
    var text: String { "\(sequence)-\(index)" }

    init(sequence: UInt64, index: Int) {
        self.sequence = sequence
        self.index = index
    }

    /// Parses `text`.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = UInt64(parts[0]), let index = Int(parts[1]) else { return nil }
        self.init(sequence: sequence, index: index)
    }

    /// What comes after all changes of a commit.
    static func end(of sequence: UInt64) -> ChangeID {
        ChangeID(sequence: sequence, index: 999_999_999)
    }

    static func < (left: ChangeID, right: ChangeID) -> Bool {
        (left.sequence, left.index) < (right.sequence, right.index)
    }
}

/// Distributes changes in order to any number of followers. Thread-safe.
final class ChangeHub: Sendable {
    private struct State {
        var followers: [ObjectIdentifier: ChangeQueue] = [:]
        /// The last commit that was handed out; nil before the first.
        var position: UInt64?
    }

    private let state = Mutex(State())

    /// How many follow.
    var count: Int { state.withLock { $0.followers.count } }

    /// The last commit that was handed out.
    var position: UInt64? { state.withLock { $0.position } }

    /// Says where the log was when the projection began; what follows is handed out.
    func start(at position: UInt64) {
        state.withLock { $0.position = position }
    }

    /// Hands out the changes of a commit.
    func publish(_ commits: [SequencedCommit]) {
        guard let last = commits.last else { return }
        let followers = state.withLock { state in
            state.position = last.sequence
            return Array(state.followers.values)
        }
        guard !followers.isEmpty else { return }
        for commit in commits {
            for (index, change) in commit.commit.changes.enumerated() {
                let streamed = StreamedChange(sequence: commit.sequence, index: index, change: change)
                for follower in followers { follower.offer(streamed) }
            }
        }
    }

    /// Adds a follower.
    ///
    /// - Parameters:
    ///   - id: The last change the follower has; nil follows from now on.
    ///   - limit: The most followers there may be.
    func add(_ queue: ChangeQueue, after id: ChangeID?, limit: Int = .max) -> Admission {
        state.withLock { state in
            if let id, let position = state.position, id < .end(of: position) { return .behind(position) }
            if state.followers.count >= limit { return .full }
            state.followers[ObjectIdentifier(queue)] = queue
            return .added(state.position)
        }
    }

    /// What became of a follower.
    enum Admission: Equatable {
        /// It gets what comes after this commit.
        case added(UInt64?)
        /// The commits up to this one have been handed out already: they must be read from the log.
        case behind(UInt64)
        case full
    }

    /// Removes a follower.
    func remove(_ queue: ChangeQueue) {
        state.withLock { $0.followers[ObjectIdentifier(queue)] = nil }
    }
}

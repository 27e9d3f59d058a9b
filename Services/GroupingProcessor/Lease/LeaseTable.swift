// Who lives, who owns what, and what this member should do about it: judged from what it has seen, by its own monotonic clock.

import ArgusBus

/// The bucket of leases as one member sees it. No I/O: entries and times come in, decisions go out.
///
/// A member is taken for dead when nothing of it was seen for a lease **while this member saw its own heartbeats arrive**. After a gap in
/// those, because this process stood still or the bus was away, everybody gets a fresh lease: silence proves nothing then.
struct LeaseTable: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// What to do now.
    struct Decision: Equatable {
        struct Acquisition: Equatable {
            var partition: Int
            /// The revision to replace, nil if there is no claim yet.
            var revision: UInt64?
            var epoch: Int64
        }

        var acquire: [Acquisition] = []
        /// Partitions to give up in good order.
        var release: [Int] = []
        /// Partitions that somebody else has taken.
        var lost: [Int] = []
        /// Claims of this member, by epoch, on partitions that it neither holds nor should: their release did not get through.
        var relinquish: [Int: Int64] = [:]
    }

    private struct Member {
        var record: MemberRecord
        var lastSeen: Instant
    }

    private struct Known {
        /// nil after a deletion or for a value that cannot be read.
        var claim: PartitionClaim?
        var revision: UInt64
    }

    private let me: String
    private let partitions: Int
    private let lease: Duration
    private var members: [String: Member] = [:]
    private var claims: [Int: Known] = [:]
    private var ownHeartbeatSeen: Instant?
    private var isLoaded = false

    init(me: String, partitions: Int, lease: Duration) {
        self.me = me
        self.partitions = partitions
        self.lease = lease
    }

    // MARK: Observations

    /// Takes in one step of the watch.
    mutating func observe(_ update: KeyValueWatch.Update, at now: Instant) {
        switch update {
        case .initialValuesDone: isLoaded = true
        case .entry(let entry):
            if entry.key.hasPrefix(MemberRecord.prefix) {
                observeMember(String(entry.key.dropFirst(MemberRecord.prefix.count)), entry, at: now)
            } else if let partition = Int(entry.key.dropFirst(PartitionClaim.prefix.count)), entry.key.hasPrefix(PartitionClaim.prefix) {
                note(entry.operation == .put ? PartitionClaim(entry.value) : nil, of: partition, revision: entry.revision)
            }
        }
    }

    /// The watch begins anew: what it tells first is old.
    mutating func restart() {
        isLoaded = false
        ownHeartbeatSeen = nil
    }

    /// Takes in a claim, seen or written, unless a newer one is known.
    mutating func note(_ claim: PartitionClaim?, of partition: Int, revision: UInt64) {
        guard revision > claims[partition]?.revision ?? 0 else { return }
        claims[partition] = Known(claim: claim, revision: revision)
    }

    private mutating func observeMember(_ id: String, _ entry: KeyValueBucket.Entry, at now: Instant) {
        guard entry.operation == .put else {
            members[id] = nil
            return
        }
        if id == me {
            if let last = ownHeartbeatSeen, now - last > lease / 2 { forgive(at: now) }
            ownHeartbeatSeen = now
        }
        members[id] = Member(record: MemberRecord(entry.value), lastSeen: now)
    }

    private mutating func forgive(at now: Instant) {
        for id in members.keys { members[id]?.lastSeen = now }
    }

    // MARK: Judgements

    /// Members that are not dead, this one included.
    var living: [String] {
        guard let seen = ownHeartbeatSeen else { return [] }
        return members.filter { $0.key == me || seen - $0.value.lastSeen < lease }.map(\.key).sorted()
    }

    /// Whether the table is complete and fresh enough to judge by.
    func isReliable(at now: Instant) -> Bool {
        guard isLoaded, let seen = ownHeartbeatSeen else { return false }
        return now - seen < lease
    }

    /// The claim of a partition and its revision.
    func claim(of partition: Int) -> (claim: PartitionClaim?, revision: UInt64)? {
        claims[partition].map { ($0.claim, $0.revision) }
    }

    /// What to do, given what this member holds and under which epochs.
    func decide(held: [Int: Int64], at now: Instant) -> Decision {
        var decision = Decision()
        for (partition, epoch) in held.sorted(by: { $0.key < $1.key }) {
            guard let claim = claims[partition]?.claim else { continue }
            if claim.owner != me || claim.epoch != epoch { decision.lost.append(partition) }
        }
        guard isReliable(at: now) else { return decision }
        let living = Set(living)
        let willing = living.filter { members[$0]?.record.isLeaving != true }.sorted()
        let owners = Rendezvous.owners(partitions: partitions, members: willing)
        for partition in 0..<partitions where !decision.lost.contains(partition) {
            if held[partition] != nil {
                if let owner = owners[partition], owner != me { decision.release.append(partition) }
            } else if owners[partition] == me, isFree(partition, living: living) {
                let known = claims[partition]
                decision.acquire.append(
                    .init(partition: partition, revision: known?.revision, epoch: (known?.claim?.epoch ?? 0) + 1))
            } else if let claim = claims[partition]?.claim, claim.owner == me, !claim.isReleased {
                decision.relinquish[partition] = claim.epoch
            }
        }
        return decision
    }

    private func isFree(_ partition: Int, living: Set<String>) -> Bool {
        guard let claim = claims[partition]?.claim else { return true }
        return claim.isReleased || claim.owner == me || !living.contains(claim.owner)
    }
}

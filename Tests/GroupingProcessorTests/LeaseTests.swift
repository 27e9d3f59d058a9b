// Who should own what, and who is taken for dead: the decisions, without any bus.

import ArgusShared
import Testing

@testable import ArgusBus
@testable import GroupingProcessor

@Suite struct RendezvousTests {
    @Test func loadsDifferByOneAtMost() {
        for members in 1...12 {
            for partitions in [1, 3, 8, 32] {
                let names = (0..<members).map { "member-\($0)" }
                let owners = Rendezvous.owners(partitions: partitions, members: names)
                #expect(owners.count == partitions)
                let loads = names.map { name in owners.values.count { $0 == name } }
                #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
            }
        }
        #expect(Rendezvous.owners(partitions: 8, members: []).isEmpty)
    }

    @Test func theOrderOfMembersDoesNotMatter() {
        let names = (0..<5).map { "member-\($0)" }
        #expect(Rendezvous.owners(partitions: 16, members: names) == Rendezvous.owners(partitions: 16, members: names.reversed()))
    }

    @Test func fewPartitionsMoveWhenAMemberLeaves() {
        var moved = 0
        for round in 0..<20 {
            let names = (0..<4).map { "member-\(round)-\($0)" }
            let before = Rendezvous.owners(partitions: 32, members: names)
            let after = Rendezvous.owners(partitions: 32, members: Array(names.dropLast()))
            moved += before.count { $0.value != names[3] && after[$0.key] != $0.value }
        }
        #expect(moved < 20 * 8, "of 24 partitions that could stay, a third moved on average")
    }
}

@Suite struct LeaseTableTests {
    private let start = ContinuousClock.now
    private var table = LeaseTable(me: "a", partitions: 2, lease: .seconds(3))
    private var revision: UInt64 = 0

    private mutating func see(_ key: String, _ value: [UInt8], at seconds: Double, deleted: Bool = false) {
        revision += 1
        table.observe(
            .entry(
                KeyValueBucket.Entry(
                    key: key, value: value, revision: revision, operation: deleted ? .delete : .put,
                    created: Timestamp(milliseconds: 0))), at: start + .seconds(seconds))
    }

    private mutating func beat(_ member: String, at seconds: Double, leaving: Bool = false) {
        see("members.\(member)", MemberRecord(isLeaving: leaving).encoded, at: seconds)
    }

    private func decide(_ held: [Int: Int64] = [:], at seconds: Double) -> LeaseTable.Decision {
        table.decide(held: held, at: start + .seconds(seconds))
    }

    @Test mutating func nothingIsClaimedBeforeTheTableIsComplete() {
        #expect(decide(at: 0) == LeaseTable.Decision())
        beat("a", at: 0)
        #expect(decide(at: 0) == LeaseTable.Decision())
        table.observe(.initialValuesDone, at: start)
        #expect(decide(at: 0).acquire == [.init(partition: 0, epoch: 1), .init(partition: 1, epoch: 1)])
    }

    @Test mutating func aSilentMemberIsDeadOnlyAfterItsLease() {
        table.observe(.initialValuesDone, at: start)
        see("partitions.0", PartitionClaim(owner: "b", epoch: 4).encoded, at: 0)
        see("partitions.1", PartitionClaim(owner: "b", epoch: 5, isReleased: false).encoded, at: 0)
        beat("b", at: 0)
        for tenth in 0..<29 { beat("a", at: Double(tenth) / 10) }
        #expect(decide(at: 2.9).acquire.isEmpty)
        beat("a", at: 3)
        #expect(
            decide(at: 3).acquire == [.init(partition: 0, revision: 1, epoch: 5), .init(partition: 1, revision: 2, epoch: 6)])
    }

    /// Otherwise the partition would wait for this member's death: the one that should have it sees a living owner.
    @Test mutating func aReleaseThatDidNotGetThroughIsTriedAgain() {
        table.observe(.initialValuesDone, at: start)
        beat("a", at: 0)
        beat("b", at: 0)
        let owners = Rendezvous.owners(partitions: 2, members: ["a", "b"])
        for partition in 0..<2 { see("partitions.\(partition)", PartitionClaim(owner: "a", epoch: 7).encoded, at: 0) }
        let foreign = owners.filter { $0.value == "b" }.mapValues { _ in Int64(7) }
        #expect(foreign.count == 1)
        #expect(decide(at: 0).relinquish == foreign)
        #expect(decide([0: 7, 1: 7], at: 0).relinquish.isEmpty)
        for partition in foreign.keys {
            see("partitions.\(partition)", PartitionClaim(owner: "a", epoch: 7, isReleased: true).encoded, at: 0)
        }
        #expect(decide(at: 0).relinquish.isEmpty)
    }

    @Test mutating func afterAGapOfItsOwnAMemberJudgesNobody() {
        table.observe(.initialValuesDone, at: start)
        beat("a", at: 0)
        beat("b", at: 0)
        beat("a", at: 20)
        #expect(table.living == ["a", "b"])
        beat("a", at: 21)
        beat("a", at: 22)
        #expect(table.living == ["a", "b"])
        beat("a", at: 23)
        #expect(table.living == ["a"])
        #expect(!table.isReliable(at: start + .seconds(26)))
    }

    @Test mutating func aLeavingMemberWantsNothingButKeepsWhatItHolds() {
        table.observe(.initialValuesDone, at: start)
        see("partitions.0", PartitionClaim(owner: "b", epoch: 1).encoded, at: 0)
        see("partitions.1", PartitionClaim(owner: "b", epoch: 1, isReleased: true).encoded, at: 0)
        beat("b", at: 0, leaving: true)
        beat("a", at: 0)
        #expect(decide(at: 0).acquire == [.init(partition: 1, revision: 2, epoch: 2)])
        see("members.b", [], at: 0, deleted: true)
        #expect(decide(at: 0).acquire.map(\.partition) == [0, 1])
    }

    @Test mutating func whatOthersTookIsLostAndWhatIsTheirsIsReleased() {
        table.observe(.initialValuesDone, at: start)
        beat("a", at: 0)
        see("partitions.0", PartitionClaim(owner: "a", epoch: 1).encoded, at: 0)
        see("partitions.1", PartitionClaim(owner: "a", epoch: 1).encoded, at: 0)
        #expect(decide([0: 1, 1: 1], at: 0) == LeaseTable.Decision())
        beat("b", at: 0)
        #expect(decide([0: 1, 1: 1], at: 0).release.count == 1)
        see("partitions.0", PartitionClaim(owner: "b", epoch: 2).encoded, at: 0)
        #expect(decide([0: 1, 1: 1], at: 0).lost == [0])
        #expect(decide([1: 2], at: 0).lost == [1], "the same owner under another epoch")
    }

    @Test mutating func anOldEntryDoesNotReplaceANewerOne() {
        table.note(PartitionClaim(owner: "a", epoch: 3), of: 0, revision: 100)
        see("partitions.0", PartitionClaim(owner: "b", epoch: 2).encoded, at: 0)
        #expect(table.claim(of: 0)?.claim?.owner == "a")
    }
}

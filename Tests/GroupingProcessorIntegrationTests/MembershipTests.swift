// Who owns what: spreading, giving up, pausing.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import GroupingProcessor

@Suite struct MembershipTests {
    @Test(.timeLimit(.minutes(2))) func threeMembersShareAndShareAnew() async throws {
        let bed = try await TestBed.start(partitions: 8)
        var members: [Member] = []
        for name in ["a", "b", "c"] { members.append(try await bed.member(name)) }
        func owned() async -> [[Int]] {
            var owned: [[Int]] = []
            for member in members { owned.append(await member.keeper.owned) }
            return owned
        }
        func areSpread(_ loads: [Int]) async -> Bool {
            let owned = await owned()
            return owned.map(\.count).sorted() == loads && Set(owned.joined()).count == 8
        }
        try await eventually("3, 3 and 2", within: .seconds(30)) { await areSpread([2, 3, 3]) }
        await members.removeLast().crash()
        try await eventually("4 and 4", within: .seconds(30)) { await areSpread([4, 4]) }
        await members.removeLast().stop()
        try await eventually("8", within: .seconds(30)) { await areSpread([8]) }
        members.append(try await bed.member("d"))
        try await eventually("4 and 4 again", within: .seconds(30)) { await areSpread([4, 4]) }
        var last: [UInt64] = []
        for partition in 0..<8 {
            var source = EventSource(seed: UInt64(partition))
            last.append(try await bed.publish(source.next(5), partition: partition))
        }
        for partition in 0..<8 { try await bed.committed(last[partition], partition: partition) }
        for member in members { await member.stop() }
    }

    @Test(.timeLimit(.minutes(2))) func aMemberPausedPastItsLeaseStopsAndComesBack() async throws {
        let bed = try await TestBed.start(partitions: 2)
        var sources = [EventSource(seed: 10), EventSource(seed: 11)]
        let gate = Gate { _ in true }
        let paused = try await bed.member("a") { try await gate.pass($0) }
        let other = try await bed.member("b")
        try await eventually("they share", within: .seconds(30)) {
            let counts = (await paused.keeper.owned.count, await other.keeper.owned.count)
            return counts == (1, 1)
        }
        gate.close()
        for partition in 0..<2 {
            try await bed.committed(bed.publish(sources[partition].next(20), partition: partition), partition: partition)
        }
        #expect(await paused.keeper.owned.isEmpty, "its lease ran out")
        #expect(await other.keeper.owned.count == 2)
        gate.open()
        try await eventually("they share again", within: .seconds(30)) {
            let counts = (await paused.keeper.owned.count, await other.keeper.owned.count)
            return counts == (1, 1)
        }
        for partition in 0..<2 {
            try await bed.committed(bed.publish(sources[partition].next(20), partition: partition), partition: partition)
            #expect(try await bed.view(partition: partition).alerts == CommitView(expecting: sources[partition].all).alerts)
        }
        await paused.stop()
        await other.stop()
    }

    @Test(.timeLimit(.minutes(1))) func theFirstServiceSetsTheNumberOfPartitions() async throws {
        let server = try await NATSServer.start()
        let bus = try await TestBed.connect(server)
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for proposal in [3, 5, 7, 9] {
                group.addTask { try await BusSetup.ensure(on: bus, partitions: proposal, eventBytes: 1 << 26) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(counts).count == 1)
        #expect(try await BusSetup.ensure(on: bus, partitions: 100, eventBytes: 1 << 26) == counts[0])
        #expect(try await bus.streamInfo(Streams.eventsName(partition: counts[0] - 1)).maximumBytes == 1 << 26)
    }
}

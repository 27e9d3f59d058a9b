// The processor against a real nats-server: what goes in comes out once, whatever happens to its members.

import ArgusBus
import ArgusService
import ArgusShared
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import GroupingProcessor

@Suite struct ProcessorTests {
    @Test(.timeLimit(.minutes(2))) func eventsBecomeCommitsAndLeaveTheInput() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 1)
        let member = try await bed.member("a")
        var last: UInt64 = 0
        for _ in 0..<20 { last = try await bed.publish(source.next(50)) }
        try await bed.committed(last)
        #expect(try await bed.view().alerts == CommitView(expecting: source.all).alerts)
        #expect(try await bed.view().transitions == CommitView(expecting: source.all).transitions)
        try await eventually("the input is purged", within: .seconds(30)) {
            try await bed.bus.streamInfo(Streams.eventsName(partition: 0)).messages == 0
        }
        #expect(member.metrics.events.value >= 1000)
        await member.stop()
        #expect(try await bed.bus.keyValue(Buckets.leases).keys(prefix: MemberRecord.prefix).isEmpty)
    }

    @Test(.timeLimit(.minutes(2))) func aSuccessorTakesOverAfterACrash() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 2)
        let first = try await bed.member("a")
        try await bed.committed(bed.publish(source.next(100)))
        await first.crash()
        let last = try await bed.publish(source.next(100))
        let second = try await bed.member("b")
        try await bed.committed(last)
        #expect(try await bed.view().alerts == CommitView(expecting: source.all).alerts)
        #expect(try await bed.commits().contains { $0.commit.owner == "b" && $0.commit.changes.isEmpty })
        await second.stop()
    }

    @Test(.timeLimit(.minutes(2))) func partitionsAreHandedOverWithoutWaitingForTheLease() async throws {
        let bed = try await TestBed.start(partitions: 4)
        var settings = TestBed.quick
        settings.lease = .seconds(60)
        let first = try await bed.member("a", settings: settings)
        try await eventually("a owns all", within: .seconds(30)) { await first.keeper.owned.count == 4 }
        let second = try await bed.member("b", settings: settings)
        try await eventually("they share", within: .seconds(30)) {
            let counts = (await first.keeper.owned.count, await second.keeper.owned.count)
            return counts == (2, 2)
        }
        let start = ContinuousClock.now
        await first.stop()
        try await eventually("b owns all", within: .seconds(30)) { await second.keeper.owned.count == 4 }
        #expect(ContinuousClock.now - start < .seconds(20))
        await second.stop()
    }

    /// A worker that nobody tells of its loss: the log itself has to refuse it.
    @Test(.timeLimit(.minutes(2))) func aZombieCannotCommit() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 3)
        let gate = Gate { $0 == .beforeCommit(partition: 0) }
        let member = try await bed.member("zombie") { try await gate.pass($0) }
        await member.crash()
        let lease = Lease(duration: .seconds(300))
        lease.confirm(begunAt: .now)
        let control = PartitionControl(lease: lease)
        let zombie = Task { [context = member.context] in
            var worker = PartitionWorker(partition: 0, context: context, control: control)
            return await worker.run()
        }
        try await bed.committed(bed.publish(source.next(50)))
        gate.close()
        let last = try await bed.publish(source.next(50))
        try await eventually("the zombie is about to commit", within: .seconds(30)) { gate.arrived > 0 }
        let successor = try await bed.member("b")
        try await bed.committed(last)
        gate.open()
        guard case .fenced = await zombie.value else {
            Issue.record("the zombie was not fenced")
            return
        }
        try await bed.committed(bed.publish(source.next(50)))
        await successor.stop()
        #expect(member.metrics.fenced.value == 1)
        #expect(try await bed.view().alerts == CommitView(expecting: source.all).alerts)
    }

    @Test(.timeLimit(.minutes(3))) func nothingIsLostOrAppliedTwiceWhateverFails() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 4)
        let failures = Mutex(SeededGenerator(seed: 5))
        let injected = Atomic(0)
        struct Injected: Error {}
        let hook: CheckpointHook = { checkpoint in
            guard checkpoint != .heartbeat, failures.withLock({ Int.random(in: 0..<12, using: &$0) }) == 0 else { return }
            injected.wrappingAdd(1, ordering: .relaxed)
            throw Injected()
        }
        var settings = TestBed.quick
        settings.lease = .seconds(1)
        settings.turnMessages = 3
        settings.commitBytes = 3000
        settings.commitLimitBytes = 6000
        settings.snapshotCommits = 4
        var last: UInt64 = 0
        for round in 0..<6 {
            let member = try await bed.member("member-\(round)", settings: settings, hook: hook)
            for _ in 0..<10 { last = try await bed.publish(source.next(20)) }
            if round.isMultiple(of: 2) {
                try await bed.committed(last - 5)
            } else {
                try await eventually("some of it is committed", within: .seconds(30)) { member.metrics.commits.value > 3 }
            }
            if round == 3 { await member.stop() } else { await member.crash() }
        }
        let member = try await bed.member("last", settings: settings)
        try await bed.committed(last)
        await member.stop()
        let view = try await bed.view()
        #expect(view.alerts == CommitView(expecting: source.all).alerts)
        #expect(view.transitions == CommitView(expecting: source.all).transitions)
        #expect(injected.load(ordering: .relaxed) > 5)
    }

    @Test(.timeLimit(.minutes(2))) func aCommitMayEndWithinAMessage() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 6)
        var settings = TestBed.quick
        settings.commitLimitBytes = 4000
        let commits = Atomic(0)
        struct Injected: Error {}
        let member = try await bed.member("a", settings: settings) { checkpoint in
            guard checkpoint == .afterCommit(partition: 0) else { return }
            if commits.wrappingAdd(1, ordering: .relaxed).newValue == 3 { throw Injected() }
        }
        let last = try await bed.publish(source.next(400))
        try await bed.committed(last)
        await member.stop()
        let view = try await bed.view()
        #expect(view.cutMessages > 5)
        #expect(view.alerts == CommitView(expecting: source.all).alerts)
    }

    @Test(.timeLimit(.minutes(2))) func alertsExpireByTicks() async throws {
        let bed = try await TestBed.start()
        let member = try await bed.member("a")
        var events: [AlertEvent] = []
        for index in 0..<600 {
            var event = AlertEvent(action: .trigger, managerID: "m", dedupKey: "k\(index)", receivedAt: .now())
            event.expiresAt = event.receivedAt.adding(milliseconds: Int64(200 + index % 50))
            event.grouping = Grouping(value: index < 2 ? "g" : nil)
            events.append(event)
        }
        try await bed.publish(events)
        try await eventually("all are resolved", within: .seconds(20)) {
            let alerts = try await bed.view().alerts
            return alerts.count == 600 && alerts.values.allSatisfy { $0.status == .resolved }
        }
        await member.stop()
        let ticks = Set(try await bed.view().transitions.values.joined().filter { $0.kind == .resolved }.map(\.eventID))
        #expect(ticks.count >= 2 && ticks.allSatisfy { $0.hasPrefix("tick-0-") })
    }

    @Test(.timeLimit(.minutes(2))) func whatCannotBeReadIsPutAside() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 7)
        let member = try await bed.member("a")
        try await bed.publish(source.next(10))
        let subject = Subjects.events(partition: 0)
        let strange = try await bed.bus.publish(Array("{}".utf8), to: subject, headers: [HeaderName.schema: "99", "traceparent": "t"])
        try await bed.publish(source.next(10))
        let broken = try await bed.bus.publish(Array("{\"id\":\"x\"".utf8), to: subject)
        try await bed.committed(bed.publish(source.next(10)))
        #expect(try await bed.view().alerts == CommitView(expecting: source.all).alerts)
        let letters = try await bed.bus.replay(stream: Streams.deadLetters.name, from: 1)
        var found: [BusMessage] = []
        while found.count < 2 { found += try await letters.next(max: 2, wait: .seconds(5)) }
        await letters.close()
        #expect(found.allSatisfy { $0.subject == "argus.deadletters.grouping-processor.events" })
        #expect(found.map { $0.headers[HeaderName.originalSequence] } == ["\(strange.sequence)", "\(broken.sequence)"])
        #expect(found.map { $0.headers[HeaderName.originalSubject] } == [subject, subject])
        #expect(found[0].headers[HeaderName.reason] == "unknown schema 99" && found[0].headers["traceparent"] == "t")
        #expect(found[1].headers[HeaderName.reason]?.hasPrefix("not a list of events") == true)
        #expect(found[1].payload == Array("{\"id\":\"x\"".utf8))
        #expect(member.metrics.deadLetters.value >= 2)
        await member.stop()
    }

    @Test(.timeLimit(.minutes(2))) func aRestartedBusIsSurvived() async throws {
        let bed = try await TestBed.start(partitions: 2)
        var sources = [EventSource(seed: 8), EventSource(seed: 9)]
        let first = try await bed.member("a")
        let second = try await bed.member("b")
        for partition in 0..<2 {
            try await bed.committed(bed.publish(sources[partition].next(50), partition: partition), partition: partition)
        }
        try await bed.server.restart()
        for partition in 0..<2 {
            let last = try await bed.publish(sources[partition].next(50), partition: partition)
            try await bed.committed(last, partition: partition)
            #expect(try await bed.view(partition: partition).alerts == CommitView(expecting: sources[partition].all).alerts)
        }
        await first.stop()
        await second.stop()
    }
}

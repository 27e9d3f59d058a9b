// Group commit: company, order, bounds, failures, shutdown.

import TestSupport
import Testing

@testable import IngestGateway

@Suite(.timeLimit(.minutes(1))) struct GroupCommitTests {
    private let publisher = FakePublisher()
    private let observer = CountingObserver()

    private static let away = PublishFailure(kind: .unavailable, message: "away", isRetriable: true)

    private func settings(_ change: (inout PartitionBatcher.Settings) -> Void = { _ in }) -> PartitionBatcher.Settings {
        var settings = PartitionBatcher.Settings()
        settings.linger = .zero
        settings.pause = .milliseconds(1)
        settings.patience = .milliseconds(200)
        change(&settings)
        return settings
    }

    /// Runs batchers while `body` runs.
    private func withCommit(
        partitions: Int = 2, _ settings: PartitionBatcher.Settings, _ body: (GroupCommit) async throws -> Void
    ) async throws {
        let commit = GroupCommit(partitions: partitions, publisher: publisher, settings: settings, observer: observer)
        let running = Task { await commit.runBatchers() }
        defer { publisher.open() }
        try await body(commit)
        commit.stop()
        publisher.open()
        await running.value
    }

    private func line(_ text: String) -> [UInt8] { Array(text.utf8) + [UInt8(ascii: "\n")] }

    /// Starts commits one after the other, so that their order is known, and returns their tasks.
    private func enqueue(_ range: Range<Int>, _ commit: GroupCommit, partition: Int = 0) async throws -> [Task<PublishFailure?, Never>] {
        var tasks: [Task<PublishFailure?, Never>] = []
        for number in range {
            let depth = commit.depth
            tasks.append(
                Task {
                    do throws(PublishFailure) {
                        try await commit.commit(line("\(number)"), partition: partition, traceparent: nil)
                        return nil
                    } catch {
                        return error
                    }
                })
            try await eventually("event \(number) waits") { commit.depth > depth }
        }
        return tasks
    }

    @Test func whatArrivesDuringAPublishTravelsTogetherAndInOrder() async throws {
        publisher.close()
        try await withCommit(settings()) { commit in
            let first = Task { try await commit.commit(line("first"), partition: 0, traceparent: "t") }
            try await eventually("the first is on its way") { publisher.waiting == 1 }
            let rest = try await enqueue(0..<20, commit)
            publisher.open()
            try await first.value
            for task in rest { #expect(await task.value == nil) }
            #expect(publisher.messages.map(\.lines) == [["first"], (0..<20).map(String.init)])
            #expect(publisher.messages[0].traceparent == "t")
            #expect(publisher.messages[0].messageID != publisher.messages[1].messageID)
            #expect(publisher.mostInFlight == 1)
            #expect(observer.counts.published == 21)
        }
    }

    @Test func lingerGathersCompany() async throws {
        try await withCommit(settings { $0.linger = .milliseconds(300) }) { commit in
            let tasks = try await enqueue(0..<5, commit)
            for task in tasks { #expect(await task.value == nil) }
            #expect(publisher.messages.map(\.lines) == [["0", "1", "2", "3", "4"]])
        }
    }

    @Test func messagesAreBoundedInEventsAndBytes() async throws {
        publisher.close()
        try await withCommit(settings()) { commit in
            let chunks =
                (0..<3).map { EventChunk(partition: 0, lines: line("\($0)"), count: 300) }
                + (3..<6).map { EventChunk(partition: 0, lines: line(String(repeating: "\($0)", count: 600_000)), count: 1) }
            let failures = Task { await commit.commit(chunks, traceparent: nil) }
            try await eventually("the first is on its way") { publisher.waiting == 1 }
            publisher.open()
            #expect(await failures.value.isEmpty)
            let beginnings = publisher.messages.map { $0.lines.map { String($0.prefix(1)) }.joined() }
            #expect(beginnings == ["0", "1", "23", "4", "5"])
            #expect(publisher.messages.allSatisfy { $0.text.utf8.count <= MessageLimits.bytes })
        }
    }

    @Test func partitionsDoNotWaitForEachOther() async throws {
        publisher.close()
        try await withCommit(settings()) { commit in
            let failures = Task {
                await commit.commit(
                    [EventChunk(partition: 0, lines: line("a"), count: 1), EventChunk(partition: 1, lines: line("b"), count: 1)],
                    traceparent: nil)
            }
            try await eventually("both are on their way") { publisher.waiting == 2 }
            publisher.open()
            #expect(await failures.value.isEmpty)
            #expect(Set(publisher.messages.map(\.partition)) == [0, 1])
        }
    }

    @Test func aFullQueueRefuses() async throws {
        publisher.close()
        try await withCommit(settings { $0.bounds = .init(events: 3, bytes: 100) }) { commit in
            let first = Task { try await commit.commit(line("first"), partition: 0, traceparent: nil) }
            try await eventually("the first is on its way") { publisher.waiting == 1 }
            let waiting = try await enqueue(0..<3, commit)
            await #expect(throws: PublishFailure.queueFull) { try await commit.commit(line("x"), partition: 0, traceparent: nil) }
            let large = line(String(repeating: "x", count: 101))
            await #expect(throws: PublishFailure.queueFull) { try await commit.commit(large, partition: 1, traceparent: nil) }
            publisher.open()
            try await first.value
            for task in waiting { #expect(await task.value == nil) }
            #expect(commit.depth == 0)
        }
    }

    @Test func aShortOutageIsWaitedOutWithTheSameMessageID() async throws {
        publisher.fail(with: [Self.away, Self.away])
        try await withCommit(settings()) { commit in
            try await commit.commit(line("x"), partition: 0, traceparent: nil)
            #expect(publisher.messages.count == 3)
            #expect(Set(publisher.messages.map(\.messageID)).count == 1)
            #expect(observer.counts.retried == 2)
        }
    }

    @Test func aLongOutageFailsEverythingThatWaitsAndThenAtOnce() async throws {
        publisher.close()
        publisher.fail(with: Array(repeating: Self.away, count: 1000))
        try await withCommit(settings { $0.patience = .milliseconds(20) }) { commit in
            let first = Task { try await commit.commit(line("first"), partition: 0, traceparent: nil) }
            try await eventually("the first is on its way") { publisher.waiting == 1 }
            let behind = try await enqueue(0..<3, commit)
            publisher.setAvailable(false)
            publisher.open()
            await #expect(throws: Self.away) { try await first.value }
            for task in behind { #expect(await task.value == Self.away) }

            let attempts = publisher.messages.count
            await #expect(throws: PublishFailure(kind: .unavailable, message: "the event bus cannot be reached")) {
                try await commit.commit(line("y"), partition: 0, traceparent: nil)
            }
            #expect(publisher.messages.count == attempts)
            #expect(commit.depth == 0)
        }
    }

    @Test func afterAnOutageEventsAreTakenAgain() async throws {
        publisher.fail(with: [PublishFailure(kind: .unavailable, message: "away")])
        try await withCommit(settings()) { commit in
            await #expect(throws: PublishFailure.self) { try await commit.commit(line("x"), partition: 0, traceparent: nil) }
            try await commit.commit(line("y"), partition: 0, traceparent: nil)
        }
    }

    @Test func aRefusalIsNotRepeatedAndHarmsNobodyElse() async throws {
        let full = PublishFailure(kind: .streamFull, message: "full")
        publisher.close()
        publisher.fail(with: [full])
        try await withCommit(settings()) { commit in
            let first = Task { try await commit.commit(line("first"), partition: 0, traceparent: nil) }
            try await eventually("the first is on its way") { publisher.waiting == 1 }
            let behind = try await enqueue(0..<2, commit)
            publisher.open()
            await #expect(throws: full) { try await first.value }
            for task in behind { #expect(await task.value == nil) }
        }
    }

    @Test func whatWaitsAtShutdownIsPublishedAndNothingMoreIsTaken() async throws {
        publisher.close()
        let commit = GroupCommit(partitions: 1, publisher: publisher, settings: settings(), observer: observer)
        let running = Task { await commit.runBatchers() }
        let first = Task { try await commit.commit(line("first"), partition: 0, traceparent: nil) }
        try await eventually("the first is on its way") { publisher.waiting == 1 }
        let waiting = try await enqueue(0..<2, commit)
        commit.stop()
        await #expect(throws: PublishFailure.stopping) { try await commit.commit(line("late"), partition: 0, traceparent: nil) }
        publisher.open()
        await running.value
        try await first.value
        for task in waiting { #expect(await task.value == nil) }
    }

    @Test func cancellationOfTheBatcherWakesEverybody() async throws {
        publisher.close()
        let commit = GroupCommit(partitions: 1, publisher: publisher, settings: settings(), observer: observer)
        let running = Task { await commit.runBatchers() }
        let first = Task { try await commit.commit(line("first"), partition: 0, traceparent: nil) }
        try await eventually("the first is on its way") { publisher.waiting == 1 }
        let waiting = try await enqueue(0..<2, commit)
        running.cancel()
        for task in waiting { #expect(await task.value == .stopping) }
        publisher.open()
        await running.value
        try await first.value
    }

    @Test func aCancelledRequestLeaksNothing() async throws {
        publisher.close()
        try await withCommit(settings()) { commit in
            let task = Task { try await commit.commit(line("x"), partition: 0, traceparent: nil) }
            try await eventually("it is on its way") { publisher.waiting == 1 }
            task.cancel()
            publisher.open()
            try await task.value
            #expect(commit.depth == 0)
        }
    }

    @Test func manyConcurrentEventsAllArriveOnce() async throws {
        try await withCommit(partitions: 4, settings()) { commit in
            try await withThrowingDiscardingTaskGroup { group in
                for number in 0..<5000 {
                    group.addTask { try await commit.commit(line("\(number)"), partition: number % 4, traceparent: nil) }
                }
            }
            let lines = publisher.messages.flatMap(\.lines)
            #expect(lines.count == 5000)
            #expect(Set(lines).count == 5000)
            #expect(publisher.mostInFlight == 1)
        }
    }

    @Test func chunksKeepOrderAndBounds() {
        var assembler = ChunkAssembler()
        let indices = (0..<1100).map { assembler.append(line("\($0)"), partition: $0 % 2) }
        #expect(assembler.chunks.map(\.count) == [500, 500, 50, 50])
        #expect(indices[0] == 0 && indices[1] == 1 && indices[1000] == 2)
        let large = [UInt8](repeating: 0x78, count: 700_000)
        #expect(assembler.append(large, partition: 0) == 2)
        #expect(assembler.append(large, partition: 0) == 4)
    }
}

// The same key gives the same answer.

import Synchronization
import TestSupport
import Testing

@testable import ChaosShared

@Suite struct AnswerCacheTests {
    private struct Failure: Error {}

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)

        var count: Int { value.load(ordering: .relaxed) }

        func increment() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    @Test func workIsDoneOnce() async throws {
        let cache = AnswerCache<Int>(capacity: 10)
        let first = try await cache.answer(to: "k", isFinal: { _ in true }) { 1 }
        let second = try await cache.answer(to: "k", isFinal: { _ in true }) { 2 }
        #expect(first.answer == 1 && !first.isReplay)
        #expect(second.answer == 1 && second.isReplay)
    }

    @Test func requestsAtTheSameTimeShareTheWork() async throws {
        let cache = AnswerCache<Int>(capacity: 10)
        let runs = Counter()
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await cache.answer(to: "k", isFinal: { _ in true }) {
                        for await _ in gate { break }
                        return runs.increment()
                    }.answer
                }
            }
            opener.yield()
            opener.finish()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 1, count: 20))
    }

    @Test func theNewestAreRemembered() async throws {
        let cache = AnswerCache<Int>(capacity: 3)
        for key in 0..<10 { _ = try await cache.answer(to: "\(key)", isFinal: { _ in true }) { key } }
        #expect(cache.count == 3)
        for key in 7..<10 { #expect(try await cache.answer(to: "\(key)", isFinal: { _ in true }) { -1 }.answer == key) }
        #expect(try await cache.answer(to: "6", isFinal: { _ in true }) { -1 }.answer == -1)
    }

    @Test func whatIsNotFinalIsNotRemembered() async throws {
        let cache = AnswerCache<Int>(capacity: 10)
        #expect(try await cache.answer(to: "k", isFinal: { $0 > 1 }) { 1 }.answer == 1)
        let again = try await cache.answer(to: "k", isFinal: { $0 > 1 }) { 2 }
        #expect(again.answer == 2 && !again.isReplay)
        #expect(try await cache.answer(to: "k", isFinal: { _ in true }) { 3 }.answer == 2)
    }

    @Test func anErrorIsNotRemembered() async throws {
        let cache = AnswerCache<Int>(capacity: 10)
        await #expect(throws: Failure.self) { try await cache.answer(to: "k", isFinal: { _ in true }) { throw Failure() } }
        #expect(try await cache.answer(to: "k", isFinal: { _ in true }) { 2 }.answer == 2)
    }

    @Test func aKeyStandsForOneRequest() async throws {
        let cache = AnswerCache<Int>(capacity: 10)
        _ = try await cache.answer(to: "k", fingerprint: 1, isFinal: { _ in true }) { 1 }
        await #expect(throws: IdempotencyKeyReused.self) {
            try await cache.answer(to: "k", fingerprint: 2, isFinal: { _ in true }) { 2 }
        }
    }

    @Test func whoeverWaitsForACancelledRequestStartsAnew() async throws {
        let cache = AnswerCache<Int>(capacity: 10)
        let started = Counter()
        let leader = Task {
            try await cache.answer(to: "k", isFinal: { _ in true }) {
                _ = started.increment()
                try await Task.sleep(for: .seconds(60))
                return 1
            }
        }
        try await eventually("the first works") { started.count == 1 }
        let waiter = Task { try await cache.answer(to: "k", isFinal: { _ in true }) { 2 } }
        leader.cancel()
        #expect(try await waiter.value.answer == 2)
        await #expect(throws: (any Error).self) { try await leader.value }
    }
}

// The gateway's copy of the configuration, and the question that keeps it current.

import ArgusShared
import Synchronization
import Testing

@testable import IngestGateway

@Suite struct ConfigurationStateTests {
    private func manager(_ id: String, rule: String? = nil, key: String) -> [UInt8] {
        let zero = Timestamp(milliseconds: 0)
        var writer = JSONWriter()
        EventManager(id: id, name: id, groupingRuleID: rule, routingKey: key, createdAt: zero, updatedAt: zero).write(to: &writer)
        return writer.bytes
    }

    private func rule(_ id: String, minutes: Int) -> [UInt8] {
        let zero = Timestamp(milliseconds: 0)
        var writer = JSONWriter()
        GroupingRule(id: id, name: id, groupingKeys: ["class"], timeWindowMinutes: minutes, createdAt: zero, updatedAt: zero)
            .write(to: &writer)
        return writer.bytes
    }

    private func window(_ target: EventTarget?) -> Int64? {
        let event = AlertEvent(action: .trigger, managerID: "m", dedupKey: "k", receivedAt: Timestamp(milliseconds: 0))
        return target?.grouping?.grouping(of: event).window
    }

    @Test func followsManagersRulesAndKeys() throws {
        var state = ConfigurationState(partitions: 8)
        #expect(state.target(managerID: "m") == nil)
        try state.apply(key: "managers.m", value: manager("m", rule: "r", key: "key-1"), revision: 5)
        #expect(state.target(managerID: "m")?.grouping == nil)
        try state.apply(key: "rules.r", value: rule("r", minutes: 3), revision: 6)
        #expect(window(state.target(managerID: "m")) == 180_000)
        #expect(state.target(routingKey: "key-1")?.partition == Partitioning.partition(ofManager: "m", count: 8))

        try state.apply(key: "rules.r", value: rule("r", minutes: 4), revision: 7)
        #expect(window(state.target(routingKey: "key-1")) == 240_000)
        try state.apply(key: "managers.m", value: manager("m", key: "key-2"), revision: 8)
        #expect(state.target(routingKey: "key-1") == nil)
        #expect(state.target(routingKey: "key-2")?.grouping == nil)
        try state.apply(key: "managers.m", value: nil, revision: 9)
        #expect(state.target(managerID: "m") == nil)
        #expect(state.target(routingKey: "key-2") == nil)
        #expect(state.revision == 9)
    }

    @Test func whatCannotBeReadChangesNothing() throws {
        var state = ConfigurationState(partitions: 8)
        try state.apply(key: "managers.m", value: manager("m", key: "key"), revision: 1)
        #expect(throws: JSONError.self) { try state.apply(key: "managers.m", value: Array("{".utf8), revision: 2) }
        #expect(state.target(routingKey: "key")?.managerID == "m")
        try state.apply(key: "bus", value: Array("{\"partitions\":8}".utf8), revision: 3)
        #expect(state.revision == 3)
    }
}

@Suite struct SharedQuestionTests {
    @Test func manyAskersCostFewQuestions() async throws {
        let question = SharedQuestion(interval: .milliseconds(1))
        let count = Box(0)
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    try await question.ask {
                        count.value.withLock { $0 += 1 }
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
        }
        #expect((1...5).contains(count.value.withLock { $0 }))
    }

    @Test func anAnswerIsNeverOlderThanTheQuestion() async throws {
        let question = SharedQuestion(interval: .zero)
        let (clock, read) = (Box(0), Box(0))
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    let asked = clock.value.withLock { value in
                        value += 1
                        return value
                    }
                    try await question.ask {
                        let now = clock.value.withLock { $0 }
                        await Task.yield()
                        read.value.withLock { $0 = now }
                    }
                    #expect(read.value.withLock { $0 } >= asked)
                }
            }
        }
    }

    @Test func failuresReachTheAskerAndTheNextQuestionWorks() async throws {
        struct Failed: Error {}
        let question = SharedQuestion(interval: .zero)
        await #expect(throws: Failed.self) { try await question.ask { throw Failed() } }
        try await question.ask {}
    }

    private final class Box: Sendable {
        let value: Mutex<Int>
        init(_ value: Int) { self.value = Mutex(value) }
    }
}

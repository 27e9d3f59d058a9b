// Finding the messages of a batch that can never be stored.

import ArgusService
import ArgusStorage
import Synchronization
import Testing

@testable import OTLPCollector

@Suite struct BatchStoreTests {
    /// Stores one item a message; the payload says what happens to it.
    private final class Sink: TelemetrySink {
        struct State {
            var stored: [UInt64] = []
            var transactions = 0
            var failure: StorageError?
        }

        let signal = OTLPSignal.logs
        let state = Mutex(State())

        func decode(_ messages: [TelemetryMessage]) -> DecodedMessages<[TelemetryMessage]> {
            var refused: [RejectedItem] = []
            for (index, message) in messages.enumerated() where message.payload.first.map({ [2, 3].contains($0) }) ?? false {
                refused.append(
                    RejectedItem(
                        signal: .logs, kind: message.payload[0] == 2 ? .message : .span, message: index, sequence: message.sequence,
                        published: message.published, reason: "refused", payload: message.payload))
            }
            let readable = messages.filter { $0.payload.first != 2 && $0.payload.first != 3 }
            return DecodedMessages(batch: readable, items: readable.count, refused: refused)
        }

        func write(_ batch: [TelemetryMessage]) async throws -> WriteSummary {
            try state.withLock { state in
                state.transactions += 1
                if let failure = state.failure { throw failure }
                if batch.contains(where: { $0.payload.first == 1 }) { throw StorageError(.invalidValue, "poison") }
                let new = batch.map(\.sequence).filter { !state.stored.contains($0) }
                state.stored += new
                return WriteSummary(signal: .logs, stored: new.count, duplicates: batch.count - new.count, segment: 1)
            }
        }
    }

    private let sink = Sink()

    private func store(_ kinds: [UInt8]) async throws -> StoreOutcome {
        let messages = kinds.enumerated().map {
            TelemetryMessage(signal: .logs, sequence: UInt64($0.offset), published: 0, payload: [$0.element])
        }
        return try await BatchStore(sink: sink, metrics: WriterMetrics(MetricsRegistry(), signal: .logs)) { _ in }.store(messages)
    }

    @Test func aGoodBatchIsOneTransaction() async throws {
        let outcome = try await store([0, 0, 0, 0])
        #expect(outcome.summary == WriteSummary(signal: .logs, stored: 4, duplicates: 0, segment: 1))
        #expect(outcome.poison.isEmpty && outcome.refused.isEmpty)
        #expect(sink.state.withLock { $0.transactions } == 1)
    }

    @Test func poisonIsFoundAndTheRestIsStored() async throws {
        let outcome = try await store([0, 0, 1, 0, 0, 0, 0, 1, 0])
        #expect(outcome.poison.map(\.message.sequence) == [2, 7])
        #expect(outcome.poison.allSatisfy { $0.reason.contains("poison") })
        #expect(sink.state.withLock { $0.stored.sorted() } == [0, 1, 3, 4, 5, 6, 8])
        #expect(outcome.summary.stored == 7)
    }

    @Test func aMessageThatCannotBeReadIsPoisonAndAnItemIsNot() async throws {
        let outcome = try await store([0, 2, 3, 0])
        #expect(outcome.poison.map(\.message.sequence) == [1])
        #expect(outcome.refused.map(\.sequence) == [2])
        #expect(sink.state.withLock { $0.stored } == [0, 3])
    }

    @Test func nothingButRefusedItemsNeedsNoTransaction() async throws {
        let outcome = try await store([3, 3])
        #expect(outcome.refused.count == 2)
        #expect(sink.state.withLock { $0.transactions } == 0)
    }

    @Test(arguments: [
        StorageError.Code.unavailable, .busy, .full, .timeout, .denied, .readOnly, .syntax, .corrupted, .incompatible, .closed,
    ])
    func anErrorOfTheDatabaseItselfIsNobodysFault(_ code: StorageError.Code) async throws {
        sink.state.withLock { $0.failure = StorageError(code, "no") }
        await #expect(throws: StorageError.self) { try await store([0, 1, 0]) }
        #expect(sink.state.withLock { $0.transactions } == 1)
    }
}

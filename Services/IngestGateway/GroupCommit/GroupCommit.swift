// The way of validated events to the bus: one batcher for each partition.

import ArgusShared

/// Puts events on the bus and waits until they are safe there.
final class GroupCommit: Sendable {
    private let batchers: [PartitionBatcher]

    init(
        partitions: Int, publisher: any EventPublishing, settings: PartitionBatcher.Settings, observer: any GroupCommitObserver
    ) {
        batchers = (0..<partitions).map {
            PartitionBatcher(partition: $0, publisher: publisher, settings: settings, observer: observer)
        }
    }

    /// How many partitions there are.
    var partitions: Int { batchers.count }

    /// Events that wait, in all partitions.
    var depth: Int { batchers.reduce(0) { $0 + $1.depth } }

    /// Waits until one event is on the bus.
    func commit(_ line: [UInt8], partition: Int, traceparent: String?) async throws(PublishFailure) {
        let ticket = CommitTicket(count: 1)
        let chunk = EventChunk(partition: partition, lines: line, count: 1)
        batchers[partition].enqueue(.init(chunk: chunk, ticket: ticket, index: 0, traceparent: traceparent))
        if let failure = await ticket.wait()[0] { throw failure }
    }

    /// Calls `completion` once one event is on the bus or was refused.
    func commit(
        _ line: [UInt8], partition: Int, traceparent: String?, completion: @escaping @Sendable (PublishFailure?) -> Void
    ) {
        let ticket = CommitTicket(count: 1) { completion($0[0]) }
        let chunk = EventChunk(partition: partition, lines: line, count: 1)
        batchers[partition].enqueue(.init(chunk: chunk, ticket: ticket, index: 0, traceparent: traceparent))
    }

    /// Waits until all chunks are on the bus or were refused; returns the refused ones' reasons by their index.
    func commit(_ chunks: [EventChunk], traceparent: String?) async -> [Int: PublishFailure] {
        guard !chunks.isEmpty else { return [:] }
        let ticket = CommitTicket(count: chunks.count)
        for (index, chunk) in chunks.enumerated() {
            batchers[chunk.partition].enqueue(.init(chunk: chunk, ticket: ticket, index: index, traceparent: traceparent))
        }
        return await ticket.wait()
    }

    /// Runs the batchers until `stop()` and until what waits is through.
    func runBatchers() async {
        await withDiscardingTaskGroup { group in
            for batcher in batchers { group.addTask { await batcher.run() } }
        }
    }

    /// Takes no more events.
    func stop() {
        for batcher in batchers { batcher.close() }
    }
}

// Reads a partition's snapshots.

public import ArgusShared

/// A snapshot cannot be used: a part of it is missing or not what was written.
public struct SnapshotError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String
}

/// Finds and reads the snapshots of one partition.
public struct SnapshotReader: Sendable {
    /// A manifest in the stream, readable or not.
    public struct Stored: Sendable {
        /// The sequence of its message.
        public var sequence: UInt64
        /// What it says, or why it cannot be read.
        public var manifest: Result<SnapshotManifest, SnapshotError>
    }

    private static let patience = Duration.seconds(5)
    private static let decodersAtOnce = 4

    private let bus: Bus
    private let partition: Int

    /// A reader of the snapshots of `partition`.
    public init(bus: Bus, partition: Int) {
        self.bus = bus
        self.partition = partition
    }

    /// The manifests that are kept, the newest first.
    public func manifests() async throws -> [Stored] {
        let consumer = try await bus.replay(
            stream: Streams.snapshots.name, subject: Subjects.snapshotManifest(partition: partition), from: 1, prefetch: 8)
        let expected = consumer.initiallyPending
        var found: [Stored] = []
        do {
            while found.count < expected {
                let messages = try await consumer.next(max: 8, wait: Self.patience)
                // Fewer than there were: the oldest was replaced meanwhile.
                if messages.isEmpty { break }
                found += messages.map(Self.stored)
            }
        } catch {
            await consumer.close()
            throw error
        }
        await consumer.close()
        return found.reversed()
    }

    /// The alerts of a snapshot in the groups in which they were written, checked against the manifest.
    ///
    /// - Throws: `SnapshotError` if something is missing or wrong; `BusError`.
    public func alerts(of manifest: SnapshotManifest) async throws -> [[Alert]] {
        guard !manifest.chunks.isEmpty else { return [] }
        let consumer = try await bus.replay(
            stream: Streams.snapshots.name, subject: Subjects.snapshotChunks(partition: partition, snapshot: manifest.id),
            from: manifest.firstSequence, prefetch: 32)
        do {
            let alerts = try await alerts(of: manifest, from: consumer)
            await consumer.close()
            return alerts
        } catch {
            await consumer.close()
            throw error
        }
    }

    private func alerts(of manifest: SnapshotManifest, from consumer: OrderedConsumer) async throws -> [[Alert]] {
        guard consumer.initiallyPending >= manifest.chunks.count else {
            throw SnapshotError(description: "\(consumer.initiallyPending) of \(manifest.chunks.count) chunks are there")
        }
        let parts = try await withThrowingTaskGroup(of: (Int, [Alert]).self) { group in
            var parts = [[Alert]?](repeating: nil, count: manifest.chunks.count)
            var missing = manifest.chunks.count
            var decoding = 0
            while missing > 0 {
                let messages = try await consumer.next(max: missing, wait: Self.patience, maxBytes: 8 << 20)
                guard !messages.isEmpty else { throw SnapshotError(description: "\(missing) chunks did not come") }
                for message in messages {
                    if decoding >= Self.decodersAtOnce, let (index, alerts) = try await group.next() {
                        parts[index] = alerts
                        decoding -= 1
                    }
                    group.addTask { try Self.decode(message, manifest) }
                    decoding += 1
                    missing -= 1
                }
            }
            for try await (index, alerts) in group { parts[index] = alerts }
            return parts
        }
        let complete = parts.compactMap { $0 }
        guard complete.count == parts.count else { throw SnapshotError(description: "a chunk is there twice, another is missing") }
        let count = complete.reduce(0) { $0 + $1.count }
        guard count == manifest.alerts else { throw SnapshotError(description: "\(count) alerts instead of \(manifest.alerts)") }
        return complete
    }

    private static func decode(_ message: BusMessage, _ manifest: SnapshotManifest) throws -> (Int, [Alert]) {
        guard let index = message.subject.split(separator: ".").last.flatMap({ Int($0) }), manifest.chunks.indices.contains(index) else {
            throw SnapshotError(description: "an unexpected chunk \(message.subject)")
        }
        guard SnapshotManifest.Chunk(of: message.payload) == manifest.chunks[index] else {
            throw SnapshotError(description: "the chunk \(index) is not what was written")
        }
        do {
            return (index, try SnapshotChunk.decode(message.payload))
        } catch {
            throw SnapshotError(description: "the chunk \(index) cannot be read: \(error)")
        }
    }

    private static func stored(_ message: BusMessage) -> Stored {
        let sequence = message.metadata?.streamSequence ?? 0
        guard message.headers[HeaderName.schema] == Schema.current else {
            return Stored(sequence: sequence, manifest: .failure(SnapshotError(description: "an unknown schema")))
        }
        do {
            return Stored(sequence: sequence, manifest: .success(try SnapshotManifest(message.payload)))
        } catch {
            return Stored(sequence: sequence, manifest: .failure(SnapshotError(description: "\(error)")))
        }
    }
}

// Writes snapshots of one partition beside its work, and clears away the ones before the last two.

import ArgusBus
import ArgusShared

/// Writes one snapshot after the other. The manifest comes last and is fenced, so that what is incomplete, or written by one who lost the
/// partition, is never found.
actor SnapshotWriter {
    private static let publishesAtOnce = 4

    private let bus: Bus
    private let partition: Int
    private let owner: String
    private let hook: CheckpointHook
    /// The sequence of the newest manifest.
    private var manifestSequence: UInt64
    /// The first sequences of the chunks of the last snapshots, the newest last.
    private var firstSequences: [UInt64]

    init(
        bus: Bus, partition: Int, owner: String, hook: @escaping CheckpointHook, manifestSequence: UInt64, newest: SnapshotManifest?
    ) {
        self.bus = bus
        self.partition = partition
        self.owner = owner
        self.hook = hook
        self.manifestSequence = manifestSequence
        firstSequences = newest.map { [$0.firstSequence] } ?? []
    }

    /// Writes `image`, the state after the commit at `position`.
    func write(_ image: PartitionImage, at position: LogPosition) async throws -> SnapshotManifest {
        var manifest = SnapshotManifest(
            id: Identifier.make(), partition: partition, owner: owner, commitSequence: position.commit, inputSequence: position.input,
            inputOffset: position.inputOffset, clock: image.clock, nextOrdinal: image.nextOrdinal, createdAt: .now())
        try await writeChunks(of: image, &manifest)
        try await hook(.beforeManifest(partition: partition))
        do {
            manifestSequence = try await publish(manifest)
        } catch let error as BusError where error.code == .wrongLastSequence {
            try await acceptPredecessor(of: manifest)
            manifestSequence = try await publish(manifest)
        }
        try await clear(keeping: manifest)
        return manifest
    }

    private func publish(_ manifest: SnapshotManifest) async throws -> UInt64 {
        try await bus.publish(
            manifest.encoded(), to: Subjects.snapshotManifest(partition: partition), headers: [HeaderName.schema: Schema.current],
            messageID: manifest.id, expectedLastSubjectSequence: manifestSequence
        ).sequence
    }

    /// A predecessor may finish its last snapshot after the partition was taken over. One of a later commit means that this owner is the
    /// predecessor.
    private func acceptPredecessor(of manifest: SnapshotManifest) async throws {
        guard let newest = try await SnapshotReader(bus: bus, partition: partition).manifests().first else {
            manifestSequence = 0
            return
        }
        if case .success(let other) = newest.manifest {
            guard other.commitSequence <= manifest.commitSequence else { throw PartitionError.fenced }
            firstSequences.append(other.firstSequence)
        }
        manifestSequence = newest.sequence
    }

    private func writeChunks(of image: PartitionImage, _ manifest: inout SnapshotManifest) async throws {
        let subjects = (partition: partition, id: manifest.id)
        let bus = bus
        manifest.firstSequence = try await withThrowingTaskGroup(of: UInt64.self, returning: UInt64.self) { group in
            var first = UInt64.max
            var running = 0
            func send(_ payload: [UInt8]) async throws {
                if running >= Self.publishesAtOnce, let sequence = try await group.next() {
                    first = min(first, sequence)
                    running -= 1
                }
                let index = manifest.chunks.count
                manifest.chunks.append(SnapshotManifest.Chunk(of: payload))
                running += 1
                group.addTask {
                    try await bus.publish(
                        payload, to: Subjects.snapshotChunk(partition: subjects.partition, snapshot: subjects.id, index: index),
                        headers: [HeaderName.schema: Schema.current], messageID: "\(subjects.id).\(index)", timeout: .seconds(20)
                    ).sequence
                }
            }
            var writer = JSONWriter(capacity: SnapshotChunk.targetBytes + 65_536)
            for page in 0..<image.store.pageCount {
                for alert in image.store.alerts(page: page) {
                    alert.writeRecord(to: &writer)
                    writer.newline()
                    manifest.alerts += 1
                    guard writer.bytes.count >= SnapshotChunk.targetBytes else { continue }
                    try await send(writer.bytes)
                    writer.removeAll()
                }
                await Task.yield()
            }
            if !writer.bytes.isEmpty { try await send(writer.bytes) }
            for try await sequence in group { first = min(first, sequence) }
            return first == .max ? 0 : first
        }
    }

    /// Two manifests are kept by the stream's limit; their chunks begin at the older one's first.
    private func clear(keeping manifest: SnapshotManifest) async throws {
        firstSequences.append(manifest.firstSequence)
        guard firstSequences.count >= 2 else { return }
        firstSequences.removeFirst(firstSequences.count - 2)
        guard let oldest = firstSequences.filter({ $0 > 0 }).min() else { return }
        try await bus.purge(
            stream: Streams.snapshots.name, subject: Subjects.snapshotChunks(partition: partition, snapshot: "*"), before: oldest)
    }
}

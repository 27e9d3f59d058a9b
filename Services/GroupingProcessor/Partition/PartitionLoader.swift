// Rebuilds a partition's state: the newest usable snapshot, then the commits after it.

import ArgusBus
import ArgusShared
import Logging

/// A partition as its log tells it.
struct LoadedPartition {
    var state: PartitionState
    var position: LogPosition
    /// The sequence of the newest snapshot's manifest, 0 if there is none.
    var manifestSequence: UInt64
    /// The newest usable manifest.
    var manifest: SnapshotManifest?
    /// Commits applied on top of the snapshot.
    var commits: Int
    /// Changed alerts in them.
    var changes = 0
}

/// Reads snapshots and commits of one partition.
struct PartitionLoader {
    private static let patience = Duration.seconds(5)

    let bus: Bus
    let partition: Int
    let logger: Logger

    /// The state after the last commit there is now.
    func load() async throws -> LoadedPartition {
        let reader = SnapshotReader(bus: bus, partition: partition)
        let stored = try await reader.manifests()
        var failure: (any Error)?
        for candidate in stored {
            do {
                let manifest = try candidate.manifest.get()
                let alerts = try await reader.alerts(of: manifest)
                let state = try PartitionState(clock: manifest.clock, nextOrdinal: manifest.nextOrdinal, alerts: alerts.joined())
                var loaded = LoadedPartition(
                    state: state,
                    position: LogPosition(
                        commit: manifest.commitSequence, input: manifest.inputSequence, inputOffset: manifest.inputOffset),
                    manifestSequence: stored.first?.sequence ?? 0, manifest: manifest, commits: 0)
                try await catchUp(&loaded)
                return loaded
            } catch let error as BusError where error.isRetriable || error.code == .cancelled || error.code == .closed {
                throw error
            } catch {
                failure = error
                logger.error(
                    "a snapshot cannot be used, trying the one before",
                    metadata: ["partition": "\(partition)", "sequence": "\(candidate.sequence)", "error": "\(error)"])
            }
        }
        var loaded = LoadedPartition(
            state: PartitionState(), position: LogPosition(), manifestSequence: stored.first?.sequence ?? 0, manifest: nil, commits: 0)
        do {
            try await catchUp(&loaded, fromTheBeginning: true)
        } catch let error as ReplayError {
            throw PartitionError.inconsistent(
                "neither a snapshot nor the whole commit log is there: \(error)\(failure.map { "; \($0)" } ?? "")")
        }
        return loaded
    }

    /// Applies the commits that were added since.
    ///
    /// - Parameter fromTheBeginning: Whether the first commit there is must be the first there ever was.
    func catchUp(_ loaded: inout LoadedPartition, fromTheBeginning: Bool = false) async throws {
        let subject = Subjects.alerts(partition: partition)
        guard let newest = try await bus.lastMessage(stream: Streams.alerts.name, subject: subject),
            let target = newest.metadata?.streamSequence, target > loaded.position.commit
        else { return }
        let consumer = try await bus.replay(stream: Streams.alerts.name, subject: subject, from: loaded.position.commit + 1)
        do {
            while loaded.position.commit < target {
                let messages = try await consumer.next(max: 256, wait: Self.patience)
                if messages.isEmpty { throw PartitionError.inconsistent("the commits up to \(target) do not come") }
                for message in messages { try apply(message, to: &loaded, isFirst: fromTheBeginning && loaded.commits == 0) }
            }
        } catch {
            await consumer.close()
            throw error
        }
        await consumer.close()
    }

    private func apply(_ message: BusMessage, to loaded: inout LoadedPartition, isFirst: Bool) throws {
        guard let sequence = message.metadata?.streamSequence, sequence > loaded.position.commit else { return }
        guard message.headers[HeaderName.schema] == Schema.current else {
            throw PartitionError.inconsistent("the commit \(sequence) has a schema that this version does not know")
        }
        let commit = try Commit(message.payload)
        if isFirst, commit.nextOrdinal > commit.changes.count(where: { $0.transitions.first?.kind == .created }) {
            throw ReplayError(description: "the commit \(sequence) is not the first one")
        }
        try loaded.state.apply(commit)
        loaded.position = LogPosition(commit: sequence, input: commit.inputSequence, inputOffset: commit.inputOffset)
        loaded.commits += 1
        loaded.changes += commit.changes.count
    }
}

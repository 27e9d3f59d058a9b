// Snapshots: written beside the work, found again, passed over when they are not what they should be.

import ArgusBus
import ArgusService
import ArgusShared
import TestSupport
import Testing

@testable import GroupingProcessor

@Suite struct SnapshotTests {
    private static var snapshotting: WorkSettings {
        var settings = TestBed.quick
        settings.snapshotCommits = 3
        return settings
    }

    @Test(.timeLimit(.minutes(2))) func theLastTwoAreKept() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 20)
        let member = try await bed.member("a", settings: Self.snapshotting)
        for _ in 0..<8 {
            for _ in 0..<4 { try await bed.committed(bed.publish(source.next(30))) }
            let written = member.metrics.snapshots.value
            if written == 0 { try await eventually("a snapshot", within: .seconds(30)) { member.metrics.snapshots.value > 0 } }
        }
        await member.stop()
        #expect(member.metrics.snapshots.value > 3 && member.metrics.snapshotFailures.value == 0)
        let stored = try await bed.manifests()
        #expect(stored.count == 2)
        var chunks = 0
        for entry in stored {
            let manifest = try entry.manifest.get()
            let alerts = try await SnapshotReader(bus: bed.bus, partition: 0).alerts(of: manifest)
            #expect(alerts.joined().count == manifest.alerts)
            chunks += manifest.chunks.count
        }
        let info = try await bed.bus.streamInfo(Streams.snapshots.name)
        #expect(info.messages == UInt64(chunks + 2), "older chunks are gone")
        let newest = try #require(stored.first).manifest.get()
        #expect(newest.commitSequence == (try await bed.commits().last?.sequence), "the last one is of the end")
    }

    /// Manifests that look newest, and are not what they should be.
    @Test(.timeLimit(.minutes(2)), arguments: ["checksum", "missing chunks", "count", "garbage", "schema"])
    func aBadSnapshotFallsBackToTheOneBefore(_ fault: String) async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 21)
        let first = try await bed.member("a", settings: Self.snapshotting)
        for _ in 0..<5 { try await bed.committed(bed.publish(source.next(30))) }
        await first.stop()
        var manifest = try #require(try await bed.manifests().first).manifest.get()
        let good = manifest.commitSequence
        var headers: MessageHeaders = [:]
        manifest.commitSequence += 1000
        switch fault {
        case "checksum": manifest.chunks[0] = .init(of: [0])
        case "missing chunks": manifest.id = "elsewhere"
        case "count": manifest.alerts += 1
        case "schema": headers[HeaderName.schema] = "99"
        default: break
        }
        let payload = fault == "garbage" ? Array("nothing".utf8) : manifest.encoded()
        try await bed.bus.publish(payload, to: Subjects.snapshotManifest(partition: 0), headers: headers)
        let loaded = try await PartitionLoader(bus: bed.bus, partition: 0, logger: TestBed.quietLogger).load()
        #expect(loaded.manifest?.commitSequence == good)
        let second = try await bed.member("b", settings: Self.snapshotting)
        try await bed.committed(bed.publish(source.next(30)))
        await second.stop()
        #expect(try await bed.view().alerts == CommitView(expecting: source.all).alerts)
        #expect(second.metrics.snapshotFailures.value == 0)
    }

    @Test(.timeLimit(.minutes(2))) func withoutAnySnapshotTheWholeLogIsReplayed() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 22)
        let first = try await bed.member("a", settings: Self.snapshotting)
        for _ in 0..<5 { try await bed.committed(bed.publish(source.next(30))) }
        await first.stop()
        try await bed.bus.purge(stream: Streams.snapshots.name)
        let loaded = try await PartitionLoader(bus: bed.bus, partition: 0, logger: TestBed.quietLogger).load()
        #expect(loaded.manifest == nil && loaded.commits > 3)
        let expected = CommitView(expecting: source.all).alerts
        let store = loaded.state.store
        #expect(Dictionary(uniqueKeysWithValues: store.indices.map { (store[$0].alert.id, store[$0].alert) }) == expected)
        let second = try await bed.member("b", settings: Self.snapshotting)
        try await bed.committed(bed.publish(source.next(30)))
        await second.stop()
        #expect(try await bed.view().alerts == CommitView(expecting: source.all).alerts)
    }

    @Test(.timeLimit(.minutes(2))) func aLogWithoutItsBeginningIsNotTakenForWhole() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 23)
        let first = try await bed.member("a")
        for _ in 0..<3 { try await bed.committed(bed.publish(source.next(30))) }
        await first.crash()
        let commits = try await bed.commits()
        try await bed.bus.purge(stream: Streams.alerts.name, before: commits[commits.count - 1].sequence)
        let loader = PartitionLoader(bus: bed.bus, partition: 0, logger: TestBed.quietLogger)
        await #expect(throws: PartitionError.self) { try await loader.load() }
    }

    /// A predecessor that was still writing when it lost the partition.
    @Test(.timeLimit(.minutes(2))) func aLateSnapshotOfThePredecessorIsAccepted() async throws {
        let bed = try await TestBed.start()
        var source = EventSource(seed: 24)
        let gate = Gate { $0 == .beforeManifest(partition: 0) }
        let late = SnapshotWriter(
            bus: bed.bus, partition: 0, owner: "late", hook: { try await gate.pass($0) }, manifestSequence: 0, newest: nil)
        gate.close()
        let writing = Task { try await late.write(PartitionState().image, at: LogPosition(commit: 0, input: 0)) }
        try await eventually("the predecessor is about to finish", within: .seconds(30)) { gate.arrived > 0 }
        let member = try await bed.member("a", settings: Self.snapshotting)
        try await bed.committed(bed.publish(source.next(10)))
        gate.open()
        _ = try await writing.value
        for _ in 0..<4 { try await bed.committed(bed.publish(source.next(10))) }
        try await eventually("a snapshot of the successor", within: .seconds(30)) { member.metrics.snapshots.value > 0 }
        #expect(member.metrics.snapshotFailures.value == 0)
        await member.stop()
        await #expect(throws: (any Error).self) { try await late.write(PartitionState().image, at: LogPosition(commit: 0, input: 0)) }
    }
}

// Images of a state, and the JSON of snapshots.

import ArgusShared
import Testing

@testable import GroupingProcessor

@Suite struct SnapshotFormatTests {
    @Test func aSnapshotDoesNotChangeWithTheState() throws {
        var it = Scenario()
        for index in 0..<1000 { try it.trigger("k\(index)", group: nil) }
        let image = it.state.image
        try it.resolve("k5")
        try it.trigger("new", group: nil)
        let alerts = (0..<image.store.pageCount).flatMap { image.store.alerts(page: $0) }
        #expect(alerts.count == 1000 && alerts.allSatisfy { $0.status == .active })
        #expect(it.alert("k5")?.status == .resolved)
    }

    @Test func manifestsSurviveTheirJSON() throws {
        var manifest = SnapshotManifest(
            id: "s", partition: 3, owner: "o", commitSequence: 7, inputSequence: 8, inputOffset: 2, clock: Timestamp(milliseconds: 9),
            nextOrdinal: 10, createdAt: Timestamp(milliseconds: 11))
        manifest.alerts = 5
        manifest.firstSequence = 12
        manifest.chunks = [.init(of: [1, 2, 3]), .init(of: [])]
        #expect(try SnapshotManifest(manifest.encoded()) == manifest)
        #expect(throws: (any Error).self) { try SnapshotManifest(Array("{}".utf8)) }
    }
}

// What the processor can be told by its environment.

import ArgusService
import ArgusShared

/// The processor's configuration.
struct ProcessorSettings: Sendable {
    /// The processor's own variables and their defaults.
    static let defaults = [
        "HTTP_PORT": "8084",
        "ARGUS_PARTITIONS": "\(Partitioning.defaultCount)",
        "ARGUS_EVENTS_MAX_BYTES": "\(Streams.defaultEventBytes)",
        "ARGUS_LEASE": "3s",
        "ARGUS_SNAPSHOT_INTERVAL": "60s",
        "ARGUS_SNAPSHOT_COMMITS": "10000",
    ]

    let http: HTTPSettings
    let bus: BusSettings
    /// Partitions of a bus that is set up for the first time.
    let partitions: Int
    /// Bytes that each partition's stream may hold.
    let eventBytes: Int64
    let work: WorkSettings

    /// Reads everything; what is malformed is for `settings.validate()` to tell.
    init(_ settings: ServiceSettings) {
        http = HTTPSettings(settings)
        bus = BusSettings(settings)
        partitions = settings.int("ARGUS_PARTITIONS", in: 1...256)
        eventBytes = Int64(settings.bytes("ARGUS_EVENTS_MAX_BYTES", in: (16 << 20)...(1 << 40)))
        work = WorkSettings(
            lease: settings.duration("ARGUS_LEASE", in: .milliseconds(300)...(.seconds(300))),
            snapshotInterval: settings.duration("ARGUS_SNAPSHOT_INTERVAL", in: .seconds(1)...(.seconds(86_400))),
            snapshotCommits: settings.int("ARGUS_SNAPSHOT_COMMITS", in: 1...10_000_000))
    }
}

/// How partitions are worked on.
struct WorkSettings: Sendable {
    /// How long a member may be silent before its partitions are taken.
    var lease: Duration = .seconds(3)
    var snapshotInterval: Duration = .seconds(60)
    var snapshotCommits = 10_000
    /// Messages and bytes of input that one turn takes at most.
    var turnMessages = 256
    var turnBytes = 2 << 20
    /// Time between the beginnings of two turns under load: a commit costs the same whether it holds one change or a hundred.
    var turnInterval = Duration.milliseconds(8)
    /// Bytes of changes at which a commit ends with the current message, and those at which it ends within it.
    var commitBytes = 2 << 20
    var commitLimitBytes = 4 << 20
    /// How long a turn waits for input before it looks at deadlines and wishes again.
    var idleWait: Duration = .milliseconds(100)
}

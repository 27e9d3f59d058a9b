// What the processor counts.

import ArgusService

/// Names of the processor's metrics.
enum ProcessorMetricName {
    static let events = "argus_processor_events_total"
    static let commits = "argus_processor_commits_total"
    static let commitDuration = "argus_processor_commit_duration_seconds"
    static let batchEvents = "argus_processor_batch_events"
    static let backlog = "argus_processor_backlog_messages"
    static let lag = "argus_processor_lag_seconds"
    static let liveAlerts = "argus_processor_live_alerts"
    static let activeAlerts = "argus_processor_active_alerts"
    static let ignored = "argus_processor_ignored_events_total"
    static let owned = "argus_processor_partition_owned"
    static let members = "argus_processor_members"
    static let takeovers = "argus_processor_takeovers_total"
    static let takeoverDuration = "argus_processor_takeover_duration_seconds"
    static let snapshots = "argus_processor_snapshots_total"
    static let snapshotFailures = "argus_processor_snapshot_failures_total"
    static let snapshotDuration = "argus_processor_snapshot_duration_seconds"
    static let fenced = "argus_processor_fenced_total"
    static let failures = "argus_processor_partition_failures_total"
    static let deadLetters = "argus_processor_dead_letters_total"
}

/// The processor's metrics. Labels are partitions and reasons only, both bounded.
struct ProcessorMetrics: Sendable {
    /// The gauges of one partition.
    struct OfPartition: Sendable {
        let backlog: MetricGauge
        let liveAlerts: MetricGauge
        let activeAlerts: MetricGauge
        let owned: MetricGauge

        /// The partition is held by somebody else now.
        func clear() {
            for gauge in [backlog, liveAlerts, activeAlerts, owned] { gauge.set(0) }
        }
    }

    private let registry: MetricsRegistry
    let events: MetricCounter
    let commits: MetricCounter
    let commitDuration: MetricHistogram
    let batchEvents: MetricHistogram
    let lag: MetricHistogram
    let members: MetricGauge
    let takeovers: MetricCounter
    let takeoverDuration: MetricHistogram
    let snapshots: MetricCounter
    let snapshotFailures: MetricCounter
    let snapshotDuration: MetricHistogram
    let fenced: MetricCounter
    let failures: MetricCounter
    let deadLetters: MetricCounter
    private let ignored: [IgnoredReason: MetricCounter]

    init(registry: MetricsRegistry) {
        typealias Name = ProcessorMetricName
        self.registry = registry
        events = registry.counter(Name.events, help: "Alert events applied.")
        commits = registry.counter(Name.commits, help: "Commits stored.")
        commitDuration = registry.histogram(Name.commitDuration, help: "Time from sending a commit to its acknowledgement.")
        batchEvents = registry.histogram(
            Name.batchEvents, help: "Events in a commit.", buckets: MetricHistogram.countBuckets)
        lag = registry.histogram(Name.lag, help: "Time from an event's acceptance to its commit, the oldest event of each commit.")
        members = registry.gauge(Name.members, help: "Processors that this one takes for alive.")
        takeovers = registry.counter(Name.takeovers, help: "Partitions taken over.")
        takeoverDuration = registry.histogram(
            Name.takeoverDuration, help: "Time from the claim of a partition to its first turn.")
        snapshots = registry.counter(Name.snapshots, help: "Snapshots written.")
        snapshotFailures = registry.counter(Name.snapshotFailures, help: "Snapshots that could not be written.")
        snapshotDuration = registry.histogram(Name.snapshotDuration, help: "Time to write a snapshot.")
        fenced = registry.counter(Name.fenced, help: "Partitions lost because another processor had committed.")
        failures = registry.counter(Name.failures, help: "Partitions given up because of an error.")
        deadLetters = registry.counter(Name.deadLetters, help: "Messages put aside because they cannot be read.")
        ignored = Dictionary(
            uniqueKeysWithValues: IgnoredReason.allCases.map {
                ($0, registry.counter(Name.ignored, help: "Events that changed nothing.", labels: [("reason", $0.rawValue)]))
            })
    }

    /// The gauges of `partition`.
    func partition(_ partition: Int) -> OfPartition {
        typealias Name = ProcessorMetricName
        let labels = [("partition", "\(partition)")]
        return OfPartition(
            backlog: registry.gauge(Name.backlog, help: "Messages that wait for this processor.", labels: labels),
            liveAlerts: registry.gauge(Name.liveAlerts, help: "Alerts in memory.", labels: labels),
            activeAlerts: registry.gauge(Name.activeAlerts, help: "Active alerts.", labels: labels),
            owned: registry.gauge(Name.owned, help: "1 for the partitions that this processor owns.", labels: labels))
    }

    /// Adds what was ignored between two readings of a state's counters.
    func addIgnored(from old: IgnoredEvents, to new: IgnoredEvents) {
        guard old != new else { return }
        for (reason, counter) in ignored where new[reason] > old[reason] {
            counter.increment(by: new[reason] - old[reason])
        }
    }
}

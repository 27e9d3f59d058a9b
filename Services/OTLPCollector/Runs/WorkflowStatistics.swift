// How the runs of a workflow went.

/// Numbers about the runs of one workflow.
struct WorkflowStatistics: Sendable, Equatable {
    struct Name: Sendable, Hashable, Comparable {
        var client: String
        var workflow: String

        static func < (left: Name, right: Name) -> Bool {
            (left.client, left.workflow) < (right.client, right.workflow)
        }
    }

    struct Run: Sendable, Equatable {
        var name: Name
        var run: String
        var status: RunStatus
        /// Unix milliseconds.
        var began: Int64
        /// Milliseconds; nil while it is running.
        var duration: Int64?
    }

    struct Publication: Sendable, Equatable {
        var workflow: Name
        var name: String?
        var version: String?
        var action: String?
        var status: String?
        /// Unix milliseconds.
        var time: Int64
    }

    var name: Name
    var published: Publication?
    var counts: [RunStatus: Int] = [:]
    /// Milliseconds, sorted: of the runs that succeeded or failed.
    var durations: [Int64] = []
    var last: Run?

    init(_ name: Name) {
        self.name = name
    }

    var runs: Int { counts.values.reduce(0, +) }

    /// Succeeded runs among those that succeeded, failed or were lost; nil if there are none.
    var successRate: Double? {
        let succeeded = counts[.succeeded] ?? 0
        let all = succeeded + (counts[.failed] ?? 0) + (counts[.lost] ?? 0)
        return all == 0 ? nil : Double(succeeded) / Double(all)
    }

    /// The duration in milliseconds that the share `q` of runs does not exceed (nearest rank); nil if none ended.
    func duration(_ q: Double) -> Int64? {
        guard !durations.isEmpty else { return nil }
        return durations[max(0, Int((q * Double(durations.count)).rounded(.up)) - 1)]
    }

    /// Statistics of each workflow, by client and workflow.
    ///
    /// - Parameter runs: the newest first.
    static func of(_ runs: some Sequence<Run>, _ published: [Publication]) -> [WorkflowStatistics] {
        var byName: [Name: WorkflowStatistics] = [:]
        for publication in published {
            byName[publication.workflow, default: WorkflowStatistics(publication.workflow)].published = publication
        }
        for run in runs {
            byName[run.name, default: WorkflowStatistics(run.name)].add(run)
        }
        return byName.values.sorted { $0.name < $1.name }.map { statistics in
            var statistics = statistics
            statistics.durations.sort()
            return statistics
        }
    }

    private mutating func add(_ run: Run) {
        if last == nil { last = run }
        counts[run.status, default: 0] += 1
        if run.status == .succeeded || run.status == .failed, let duration = run.duration { durations.append(duration) }
    }
}

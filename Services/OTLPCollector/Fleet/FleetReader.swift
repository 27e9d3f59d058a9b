// What the services of the suite say of themselves, read from the bus.

import ArgusBus
import ArgusShared

/// Reads the status of every instance, at most once a second however many ask.
actor FleetReader {
    /// An instance, and when the bus heard of it last.
    struct Instance: Sendable {
        var status: ServiceStatus
        var heard: Timestamp
    }

    /// The bus cannot say.
    struct Unavailable: Error {}

    private static let freshness: Duration = .seconds(1)

    private let bus: Bus
    private let bucket: KeyValueBucket
    private let patience: Duration
    private var last: (at: ContinuousClock.Instant, instances: [Instance])?
    private var reading: Task<[Instance], any Error>?

    /// - Parameter patience: How long the bus has to answer.
    init(bus: Bus, patience: Duration = .seconds(3)) {
        self.bus = bus
        self.patience = patience
        bucket = bus.keyValue(Buckets.services)
    }

    /// All instances that are not silent, by service and instance.
    ///
    /// - Throws: `Unavailable`, or what the bus refuses it with.
    func instances() async throws -> [Instance] {
        if let last, .now - last.at < Self.freshness { return last.instances }
        if let reading { return try await reading.value }
        let task = Task { try await read() }
        reading = task
        defer { reading = nil }
        let instances = try await task.value
        last = (.now, instances)
        return instances
    }

    private nonisolated func read() async throws -> [Instance] {
        guard bus.status == .connected else { throw Unavailable() }
        return try await withThrowingTaskGroup(of: [Instance].self) { group in
            group.addTask { try await Self.instances(in: self.bucket) }
            group.addTask {
                try await Task.sleep(for: self.patience)
                throw Unavailable()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    private static func instances(in bucket: KeyValueBucket) async throws -> [Instance] {
        let entries: [KeyValueBucket.Entry]
        do throws(BusError) {
            entries = try await bucket.entries()
        } catch {
            // The bucket is in the server's memory: after a restart it is there again with the first that reports.
            if error.code == .notFound { return [] }
            if error.isRetriable || error.code == .closed || error.code == .cancelled { throw Unavailable() }
            throw error
        }
        let instances = entries.compactMap { entry in
            (try? ServiceStatus(parsing: entry.value)).map { Instance(status: $0, heard: entry.created) }
        }
        return instances.sorted { ($0.status.service, $0.status.instance) < ($1.status.service, $1.status.instance) }
    }
}

// Stores changes of processes as logs.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle

/// Takes changes of processes from the bus into the database as log records.
///
/// A change is known by its place in its stream and the time it was stored there, and so it becomes one log record, however often it is
/// delivered. While the database is away changes stay in their stream.
struct ProcessLogWriter<Store: MessageStore>: Service, CustomStringConvertible {
    /// What logs call it.
    var description: String { "process log writer" }

    private let feed: ObservationFeed
    private let store: Store
    private let metrics: RunMetrics

    /// - Parameter store: the store of logs.
    init(bus: Bus, store: Store, metrics registry: MetricsRegistry, logger: Logger) {
        self.store = store
        metrics = RunMetrics(registry, source: "processes")
        feed = ObservationFeed(
            bus: bus, stream: Streams.processEvents(), consumer: Consumers.processLogs, metrics: metrics, logger: logger)
    }

    /// Stores changes until the service stops.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await feed.run(handle: { try await handle($0) }, idle: {})
        }
    }

    private func handle(_ messages: [BusMessage]) async throws {
        var logs: [(log: TelemetryMessage, message: BusMessage)] = []
        var letters: [ObservationFeed.Letter] = []
        for message in messages {
            do {
                logs.append((Self.log(try ProcessEvent(parsing: message.payload), message), message))
            } catch {
                letters.append(.init(message: message, reason: "\(error)"))
            }
        }
        if !logs.isEmpty {
            for poison in try await store.store(logs.map(\.log)).poison {
                letters += logs.filter { $0.log.sequence == poison.message.sequence }.map {
                    .init(message: $0.message, reason: poison.reason)
                }
            }
        }
        try await feed.refuse(letters, kind: "processes")
        metrics.taken.increment(by: logs.count)
    }

    /// The log of a change. Times of the stream are whole milliseconds: the odd nanosecond keeps it apart from messages of telemetry.
    private static func log(_ event: ProcessEvent, _ message: BusMessage) -> TelemetryMessage {
        TelemetryMessage(
            signal: .logs, sequence: message.metadata?.streamSequence ?? 0,
            published: (message.metadata?.timestamp.milliseconds ?? 0) * 1_000_000 + 1, payload: ProcessLogs.request(event))
    }
}

// The background side of an observer.

import ArgusBus
import ArgusShared
import Logging
import Synchronization

/// Brings events from the buffer to the bus until the buffer is closed and empty, or the task is cancelled.
struct Publisher: Sendable {
    /// Events taken from the buffer at a time.
    private static let batchSize = 1024
    /// Runs whose events are on their way at the same time.
    private static let lanes = 64
    /// Looking for events costs next to nothing, and waking a task costs the one who emits more than its whole budget.
    private static let shortestPause = Duration.milliseconds(1)
    private static let longestPause = Duration.milliseconds(50)

    let bus: Bus
    let options: ObserverOptions
    let buffer: EventBuffer
    let counters: Counters
    let logger: Logger

    /// Returns the events that could not be sent.
    func run() async -> [ObservationEvent] {
        await prepareStream()
        var pause = Self.shortestPause
        while true {
            let isLast = buffer.isClosed
            let events = buffer.take(Self.batchSize)
            guard events.isEmpty else {
                pause = Self.shortestPause
                let unsent = await publish(events)
                if !unsent.isEmpty { return unsent + buffer.take(.max) }
                continue
            }
            if isLast || Task.isCancelled { return [] }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Publishes events, several runs at a time, each run's in order. Returns what was left when the task was cancelled.
    private func publish(_ events: [ObservationEvent]) async -> [ObservationEvent] {
        var lanes = [[ObservationEvent]](repeating: [], count: Self.lanes)
        for event in events {
            var hasher = Hasher()
            hasher.combine(event.clientID)
            hasher.combine(event.workflowID)
            hasher.combine(event.runID)
            lanes[Int(UInt(bitPattern: hasher.finalize()) % UInt(Self.lanes))].append(event)
        }
        return await withTaskGroup(of: [ObservationEvent].self) { group in
            for lane in lanes where !lane.isEmpty {
                group.addTask {
                    for (index, event) in lane.enumerated() where await !send(event) { return Array(lane[index...]) }
                    return []
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Sends an event until it is acknowledged or can never be. false if the task was cancelled first.
    private func send(_ event: ObservationEvent) async -> Bool {
        var attempts = 0
        while !Task.isCancelled {
            do throws(BusError) {
                try await bus.publish(event.json, to: event.type.subject, messageID: event.id, timeout: options.publishTimeout)
                counters.published.add(1, ordering: .relaxed)
                buffer.release()
                return true
            } catch {
                if error.code == .payloadTooLarge || error.code == .invalidArgument {
                    logger.error("an observation event can never be published", metadata: ["event": "\(event.id)", "error": "\(error)"])
                    counters.rejected.add(1, ordering: .relaxed)
                    buffer.release()
                    return true
                }
                if attempts.isMultiple(of: 20) {
                    logger.warning("publishing an observation event failed; it is tried again", metadata: ["error": "\(error)"])
                }
                attempts += 1
                if error.code == .noResponders { await prepareStream() }
                try? await Task.sleep(for: .milliseconds(min(2000, 50 << min(attempts, 6))))
            }
        }
        return false
    }

    /// Creates the stream unless it exists. Failing is no matter: without a stream publishing fails, and is tried again after this.
    private func prepareStream() async {
        do throws(BusError) {
            _ = try await bus.streamInfo(options.streamName)
        } catch {
            guard error.code == .notFound else { return }
            let stream = Streams.observation(
                name: options.streamName, maximumAge: options.streamMaxAge, maximumMessages: options.streamMaxMessages)
            do throws(BusError) {
                try await bus.ensure(stream)
            } catch {
                logger.warning("creating the stream of observations failed", metadata: ["error": "\(error)"])
            }
        }
    }
}

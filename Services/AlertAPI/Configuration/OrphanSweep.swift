// Resolves the active alerts of event managers that were deleted.

import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle
import Synchronization

/// Looks for active alerts without a manager and publishes resolves for them, children first, until none is left.
///
/// It remembers nothing: whatever died while a deletion was under way, or was still on its way then, is found by the next look.
final class OrphanSweep: Service, CustomStringConvertible {
    private static let interval: Duration = .seconds(5)
    private static let pause: Duration = .milliseconds(250)
    /// Alerts that the processors do not know any more cannot be resolved: they are tried less and less often.
    private static let longestPause: Duration = .seconds(600)
    private static let eventsPerLook = 5_000

    private struct Attempt {
        var active: Int
        var delay: Duration
        var notBefore: ContinuousClock.Instant
    }

    private let store: ConfigurationStore
    private let queries: AlertQueries
    private let publisher: EventPublisher
    private let resolved: MetricCounter
    private let logger: Logger
    private let wakeUps: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let attempts = Mutex<[String: Attempt]>([:])

    init(store: ConfigurationStore, queries: AlertQueries, publisher: EventPublisher, metrics: MetricsRegistry, logger: Logger) {
        self.store = store
        self.queries = queries
        self.publisher = publisher
        self.logger = logger
        resolved = metrics.counter(MetricNames.orphansResolved, help: "Resolves sent for alerts of deleted event managers.")
        (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What logs call it.
    var description: String { "orphan-sweep" }

    /// Looks at once.
    func wake() {
        waker.yield()
    }

    /// Looks every few seconds until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await self.store.waitUntilLoaded()
            // Time wakes it like anybody else: the stream would end for good with the cancellation of one wait.
            var clock: Task<Void, Never>?
            self.wake()
            for await _ in self.wakeUps {
                clock?.cancel()
                let pause = await self.look() ? Self.pause : Self.interval
                clock = Task {
                    guard (try? await Task.sleep(for: pause)) != nil else { return }
                    self.wake()
                }
            }
            clock?.cancel()
        }
    }

    /// Resolves a share of what is found; whether anything was.
    private func look() async -> Bool {
        do {
            let candidates = try await queries.managersWithActiveAlerts().filter { store.known(EventManager.self, $0) == nil }
            attempts.withLock { attempts in attempts = attempts.filter { candidates.contains($0.key) } }
            var found = false
            for managerID in candidates where try await store.current(EventManager.self, managerID) == nil {
                if try await resolve(managerID) { found = true }
            }
            return found
        } catch {
            if !Task.isCancelled {
                logger.warning("looking for alerts of deleted event managers failed", metadata: [LogKey.error: "\(error)"])
            }
            return false
        }
    }

    private func resolve(_ managerID: String) async throws -> Bool {
        let active = try await queries.activeCount(managerID: managerID)
        let isDue = attempts.withLock { attempts in
            let now = ContinuousClock.now
            if let last = attempts[managerID], last.active <= active, now < last.notBefore { return false }
            let hasProgress = attempts[managerID].map { $0.active > active } ?? true
            let delay = hasProgress ? .seconds(1) : min((attempts[managerID]?.delay ?? .seconds(1)) * 2, Self.longestPause)
            attempts[managerID] = Attempt(active: active, delay: delay, notBefore: now + delay)
            return true
        }
        guard isDue else { return false }
        let keys = try await queries.activeKeys(managerID: managerID, limit: Self.eventsPerLook)
        let now = Timestamp.now()
        try await publisher.publish(keys.map { AlertEvent(action: .resolve, managerID: managerID, dedupKey: $0, receivedAt: now) })
        resolved.increment(by: keys.count)
        logger.info(
            "resolving alerts of a deleted event manager", metadata: [LogKey.manager: "\(managerID)", LogKey.count: "\(keys.count)"])
        return true
    }
}

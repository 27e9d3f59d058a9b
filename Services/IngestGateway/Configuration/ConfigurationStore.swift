// The gateway's own copy of `argus_config`, kept up to date by a watch.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle
import Synchronization

/// Answers which manager an event belongs to, from memory. Thread-safe.
final class ConfigurationStore: Service, CustomStringConvertible {
    private let bus: Bus
    private let logger: Logger
    private let state: Mutex<ConfigurationState>
    private let loaded = Atomic<Bool>(false)
    /// Asked about identifiers that are not known; the interval bounds what a flood of those costs the bus.
    private let question = SharedQuestion(interval: .milliseconds(5))

    /// How long the watch may take to deliver what the bus holds.
    private static let patience: Duration = .milliseconds(500)

    init(bus: Bus, partitions: Int, logger: Logger) {
        self.bus = bus
        self.logger = logger
        state = Mutex(ConfigurationState(partitions: partitions))
    }

    /// What logs call it.
    var description: String { "configuration" }

    /// Whether everything that was there at the start has been read.
    var isLoaded: Bool { loaded.load(ordering: .acquiring) }
    /// How many managers are known.
    var managerCount: Int { state.withLock { $0.managerCount } }

    // MARK: Questions

    /// The enabled bridges of a source, by identifier.
    func bridges(of source: Bridge.Source) -> [Bridge] {
        state.withLock { $0.bridgesBySource[source] ?? [] }
    }

    /// The target of a manager that is known already.
    func known(managerID: String) -> EventTarget? {
        state.withLock { $0.target(managerID: managerID) }
    }

    /// The target of a routing key that is known already.
    func known(routingKey: String) -> EventTarget? {
        state.withLock { $0.target(routingKey: routingKey) }
    }

    /// Waits until everything is known that the bus holds now.
    ///
    /// - Throws: `BusError` when the bus does not answer.
    func catchUp() async throws {
        try await question.ask { try await self.readToEnd() }
    }

    /// Whether everything is known that the bus held when this was asked. Waits a little for it.
    ///
    /// - Throws: `BusError` when the bus does not answer.
    func isCurrent() async throws -> Bool {
        try await readToEnd()
    }

    @discardableResult
    private func readToEnd() async throws -> Bool {
        let wanted = try await bus.streamInfo("KV_" + Buckets.configuration.name).lastSequence
        let deadline = ContinuousClock.now + Self.patience
        while state.withLock({ $0.revision }) < wanted, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(1))
        }
        // A watch does not tell of deletions from before its start; whoever waited for one need not wait for it again.
        guard isLoaded else { return false }
        return state.withLock { state in
            // What the watch has not delivered by now is deleted or late.
            defer { state.passOver(to: wanted) }
            return state.revision >= wanted
        }
    }

    // MARK: The watch

    /// Follows the bucket until shutdown.
    func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.follow() }
    }

    private func follow() async throws {
        while !Task.isCancelled {
            do {
                for try await update in bus.keyValue(Buckets.configuration).watch() { apply(update) }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("watching the configuration failed, trying again", metadata: [LogKey.error: "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func apply(_ update: KeyValueWatch.Update) {
        switch update {
        case .initialValuesDone:
            loaded.store(true, ordering: .releasing)
            logger.info("configuration loaded", metadata: [LogKey.count: "\(managerCount)"])
        case .entry(let entry):
            let value = entry.operation == .put ? entry.value : nil
            do {
                try state.withLock { try $0.apply(key: entry.key, value: value, revision: entry.revision) }
            } catch {
                logger.error(
                    "an entry of the configuration cannot be read; what it held before stays in force",
                    metadata: ["key": "\(entry.key)", LogKey.error: "\(error)"])
            }
        }
    }
}

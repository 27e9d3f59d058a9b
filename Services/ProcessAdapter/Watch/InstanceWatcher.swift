// Follows one process-compose and publishes what happens to its processes.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ProcessCompose
import ServiceLifecycle
import Synchronization

/// One process-compose, looked at regularly and, where it streams changes, at each of them.
struct InstanceWatcher: Service, CustomStringConvertible {
    let client: ProcessComposeClient
    let bus: Bus
    let pollInterval: Duration
    let metrics: InstanceMetrics
    let health: InstanceHealth
    /// nil unless logs are collected.
    let logs: LogCollector?
    let logger: Logger
    private let inbox: StateInbox

    /// How long an announced stop may take to begin.
    private static let intentLifetime: Int64 = 30_000
    /// How long a change may be under way after a list that is newer.
    private static let patience = Duration.milliseconds(100)

    init(
        client: ProcessComposeClient, bus: Bus, pollInterval: Duration, metrics: InstanceMetrics, health: InstanceHealth,
        logs: LogCollector?, inbox: StateInbox = StateInbox(), logger: Logger
    ) {
        self.client = client
        self.bus = bus
        self.pollInterval = pollInterval
        self.metrics = metrics
        self.health = health
        self.logs = logs
        self.inbox = inbox
        self.logger = logger
    }

    /// What logs call it.
    var description: String { "processes of \(client.endpoint.description)" }

    /// Runs until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await publishChanges() }
                group.addTask { await pollRegularly() }
                group.addTask { await followStates() }
                group.addTask { await heedIntents() }
                await group.waitForAll()
            }
        }
    }

    // MARK: What brings news

    private func pollRegularly() async {
        while !Task.isCancelled {
            inbox.requestPoll()
            try? await Task.sleep(for: pollInterval)
        }
    }

    /// A process-compose before 1.110 has no such stream: looking regularly must do, and a newer one may be started any time.
    private func followStates() async {
        while !Task.isCancelled {
            do {
                try await client.followStates {
                    health.isStreaming = true
                    inbox.add(named($0))
                }
            } catch {
                logger.debug("no stream of states", metadata: [LogKey.error: "\(error)"])
            }
            health.isStreaming = false
            inbox.requestPoll()
            try? await Task.sleep(for: max(pollInterval, .seconds(1)))
        }
    }

    private func heedIntents() async {
        let intents = bus.subscribe(to: Subjects.processIntents, capacity: 256)
        for await message in intents {
            guard let intent = ProcessIntent(parsing: message.payload) else { continue }
            inbox.expectStop(of: .init(namespace: intent.namespace, name: intent.name))
        }
    }

    // MARK: What becomes of it

    private func publishChanges() async {
        var reporter = ProcessReporter(publisher: ProcessEventPublisher(bus: bus), instance: client.endpoint.name, metrics: metrics)
        while !Task.isCancelled {
            do {
                try await reporter.recover()
                break
            } catch {
                logger.warning("reading what was published before failed; trying again", metadata: [LogKey.error: "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
        for await _ in inbox.arrivals {
            let news = inbox.take()
            let now = Timestamp.now()
            for key in news.expectedStops { reporter.expectStop(of: key, until: now.adding(milliseconds: Self.intentLifetime)) }
            do {
                for state in news.states { try await reporter.report(state, at: now) }
                if news.needsPoll || !reporter.overtaken.isEmpty { try await poll(&reporter) }
            } catch {
                logger.warning("publishing process events failed; trying again", metadata: [LogKey.error: "\(error)"])
                try? await Task.sleep(for: .milliseconds(500))
                inbox.requestPoll()
            }
        }
    }

    private func poll(_ reporter: inout ProcessReporter) async throws(BusError) {
        metrics.polls.increment()
        let processes: [ObservedProcess]
        do throws(ProcessComposeError) {
            processes = try await client.processes().map(named)
        } catch {
            guard !Task.isCancelled else { return }
            metrics.failures.increment()
            metrics.isUp.set(0)
            if health.disconnected(error.message) {
                logger.warning("process-compose does not answer", metadata: [LogKey.error: "\(error)"])
            }
            return
        }
        if health.connected() { logger.info("process-compose answers", metadata: ["address": "\(client.endpoint.description)"]) }
        metrics.isUp.set(1)
        metrics.processes.set(Double(processes.count))
        logs?.follow(processes)
        let now = Timestamp.now()
        let sample = ProcessSample(
            instance: client.endpoint.name, at: now, processes: processes.map { .init(state: $0.state, age: $0.age) })
        try? bus.send(sample.json, to: Subjects.processSamples(instance: client.endpoint.name))
        var busy: Set<ProcessTracker.Key> = []
        if health.isStreaming, reporter.hasNews(processes, at: now) || !reporter.overtaken.isEmpty {
            // Changes that are older than the list may still be under way, on a connection of their own.
            try? await Task.sleep(for: Self.patience)
            busy = inbox.busy
            let outdated = busy.intersection(reporter.overtaken)
            if !outdated.isEmpty { inbox.drop(outdated) }
        }
        try await reporter.report(all: processes, except: busy, at: now)
        if !reporter.overtaken.isEmpty { inbox.requestPoll() }
    }

    private func named(_ process: ObservedProcess) -> ObservedProcess {
        process.named(by: client.endpoint)
    }
}

extension ObservedProcess {
    /// Processes of a process-compose with a name have it before their namespace, so that two of them may have the same processes.
    func named(by endpoint: ComposeEndpoint) -> ObservedProcess {
        guard !endpoint.name.isEmpty else { return self }
        var process = self
        process.state.namespace = "\(endpoint.name)/\(state.namespace)"
        return process
    }
}

/// Whether a process-compose answers.
final class InstanceHealth: Sendable {
    private let failure = Mutex<String?>("it was not asked yet")
    private let streaming = Mutex(false)

    /// Whether it sends changes as they happen.
    var isStreaming: Bool {
        get { streaming.withLock { $0 } }
        set { streaming.withLock { $0 = newValue } }
    }

    /// Why it does not answer; nil if it does.
    var problem: String? { failure.withLock { $0 } }

    /// Returns whether that is news.
    func connected() -> Bool {
        failure.withLock { failure in
            defer { failure = nil }
            return failure != nil
        }
    }

    /// Returns whether that is news.
    func disconnected(_ reason: String) -> Bool {
        failure.withLock { failure in
            defer { failure = reason }
            return failure != reason
        }
    }
}

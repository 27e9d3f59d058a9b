// Carries out commands from the bus at one process-compose.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ProcessCompose
import ServiceLifecycle

/// Takes commands, of which the adapters of one process-compose share one durable consumer, and says what became of each.
///
/// What is taken is acknowledged before it is carried out, and never delivered twice: a command whose adapter dies is lost, and whoever
/// sent it hears nothing.
struct CommandRunner: Service, CustomStringConvertible {
    /// Commands that are carried out at the same time: to stop a process may take long.
    private static let workers = 4
    /// Time that process-compose has to list its processes: whoever sent the command waits a little longer, and is to learn the reason.
    private static let promptness = Duration.seconds(3)
    /// Time that process-compose has for a command: it waits for a process to end.
    private static let patience = Duration.seconds(60)

    let client: ProcessComposeClient
    let bus: Bus
    let metrics: InstanceMetrics
    /// Told before a process is stopped.
    let inbox: StateInbox
    let logger: Logger

    /// What logs call it.
    var description: String { "commands to \(client.endpoint.description)" }

    private var instance: String { client.endpoint.name }

    /// Runs until shutdown; what has begun is ended.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause = Duration.milliseconds(250)
            while !Task.isCancelled {
                let start = ContinuousClock.now
                do {
                    try await takeCommands()
                } catch {
                    guard !Task.isCancelled else { return }
                    logger.warning("taking commands failed, trying again", metadata: [LogKey.error: "\(error)"])
                }
                pause = .now - start > .seconds(30) ? .milliseconds(250) : min(pause * 2, .seconds(5))
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// The stream is made wherever it is missing: it is in memory, and a restart of the server may lose it.
    private func takeCommands() async throws(BusError) {
        try await bus.ensure(Streams.processCommands)
        let definition = Consumers.processCommands(instance: instance)
        try await bus.ensure(definition)
        // Not more than can be begun at once: the rest is for other adapters.
        let consumer = try await bus.consume(definition, prefetch: 1)
        let failure = await withTaskGroup(of: BusError?.self) { group in
            for _ in 0..<Self.workers { group.addTask { await work(on: consumer) } }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        await consumer.close()
        if let failure { throw failure }
    }

    private func work(on consumer: PullConsumer) async -> BusError? {
        while !Task.isCancelled {
            do throws(BusError) {
                for message in try await consumer.next(max: 1, wait: .seconds(60)) {
                    try consumer.acknowledge(message)
                    // What has begun is not left half done because the adapter stops.
                    await Task { await answer(message) }.value
                }
            } catch {
                return error
            }
        }
        return nil
    }

    // MARK: One command

    private func answer(_ message: BusMessage) async {
        let command: ProcessCommand
        do throws(ProcessCommand.Malformed) {
            command = try ProcessCommand(parsing: message.payload)
        } catch {
            logger.warning("what was sent is no command", metadata: [LogKey.error: "\(error.reason)"])
            if let id = error.id { say(ProcessOutcome(id: id, .refused, reason: "This is no command: \(error.reason).")) }
            return
        }
        let outcome = await carryOut(command)
        let metadata: Logger.Metadata = [
            "action": "\(command.action.rawValue)", "namespace": "\(command.namespace)", "process": "\(command.name)",
            "by": "\(command.by ?? "")", "outcome": "\(outcome.status.rawValue)", "reason": "\(outcome.reason ?? "")",
        ]
        logger.notice("a command was answered", metadata: metadata)
        say(outcome)
    }

    private func carryOut(_ command: ProcessCommand) async -> ProcessOutcome {
        let late = Timestamp.now().milliseconds - command.expires.milliseconds
        guard late <= 0 else {
            return ProcessOutcome(
                id: command.id, .expired,
                reason: "The command came \(late) ms too late and was not carried out. If that was not long ago, compare the clocks.")
        }
        say(ProcessOutcome(id: command.id, .accepted))
        do throws(ProcessComposeError) {
            let key = ProcessTracker.Key(namespace: command.namespace, name: command.name)
            let processes = try await client.waiting(atMost: Self.promptness).processes().map { $0.named(by: client.endpoint) }
            guard let process = processes.first(where: { ProcessTracker.Key($0.state) == key }) else {
                return ProcessOutcome(
                    id: command.id, .unknown,
                    reason: "Process-compose at \(client.endpoint.description) has no process \"\(key.name)\" in \"\(key.namespace)\".")
            }
            if command.action != .start, process.isAlive { announceStop(of: key) }
            let patient = client.waiting(atMost: Self.patience)
            switch command.action {
            case .start: try await patient.start(command.name)
            case .stop: try await patient.stop(command.name)
            case .restart: try await patient.restart(command.name)
            }
            return ProcessOutcome(id: command.id, .done)
        } catch {
            return ProcessOutcome(id: command.id, .refused, reason: error.message)
        }
    }

    /// Tells our own watcher, and other adapters'.
    private func announceStop(of key: ProcessTracker.Key) {
        inbox.expectStop(of: key)
        do throws(BusError) {
            try bus.send(ProcessIntent(namespace: key.namespace, name: key.name).json, to: Subjects.processIntents)
        } catch {
            logger.warning("a stop could not be announced", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func say(_ outcome: ProcessOutcome) {
        metrics.answered(outcome.status)
        do throws(BusError) {
            try bus.send(outcome.json, to: Subjects.processOutcomes(id: outcome.id))
        } catch {
            logger.warning("an outcome could not be sent", metadata: [LogKey.error: "\(error)"])
        }
    }
}

// Follows the logs of one process-compose's processes.

import ArgusService
import ArgusShared
import Logging
import ProcessCompose
import ServiceLifecycle
import Synchronization

/// Every process's log, by asking for its end again and again: process-compose's stream of lines drops what a reader is too slow for without
/// saying so, and numbers nothing.
struct LogCollector: Service, CustomStringConvertible {
    let client: ProcessComposeClient
    let buffer: LogBuffer
    let pollInterval: Duration
    let logger: Logger
    private let roster = LogRoster()
    private let start = ContinuousClock.now

    /// Lines that are asked for; all there are where these do not begin with what is known.
    private static let usualLines = 200
    /// Processes that are followed.
    private static let limit = 1000

    init(client: ProcessComposeClient, buffer: LogBuffer, pollInterval: Duration, logger: Logger) {
        self.client = client
        self.buffer = buffer
        self.pollInterval = pollInterval
        self.logger = logger
    }

    /// What logs call it.
    var description: String { "logs of \(client.endpoint.description)" }

    /// Tells which processes there are.
    func follow(_ processes: [ObservedProcess]) {
        roster.update(processes)
    }

    /// Runs until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var followers: [String: Task<Void, Never>] = [:]
            for await _ in roster.changes {
                let names = roster.names
                for (name, task) in followers where !names.contains(name) {
                    task.cancel()
                    followers[name] = nil
                }
                for name in names.sorted() where followers[name] == nil && followers.count < Self.limit {
                    followers[name] = Task { await follow(name) }
                }
                if names.count > Self.limit { logger.warning("the logs of some processes are not followed: there are too many") }
            }
            for task in followers.values {
                task.cancel()
                await task.value
            }
        }
    }

    private func follow(_ name: String) async {
        var cursor = LogCursor()
        // What older runs said may have been sent before the adapter was restarted.
        var isWanted = roster.process(name).map { $0.state.restarts == 0 && $0.age < .now - start } ?? false
        while !Task.isCancelled {
            do {
                var tail = try await client.logs(of: name, last: Self.usualLines)
                if tail.count >= Self.usualLines, !cursor.continues(in: tail) {
                    tail = try await client.logs(of: name, last: LogCursor.depth)
                }
                let new = cursor.take(tail: tail)
                if isWanted { ship(new, name) }
                isWanted = true
            } catch {
                logger.debug("a log cannot be followed", metadata: ["process": "\(name)", LogKey.error: "\(error)"])
            }
            try? await Task.sleep(for: pollInterval)
        }
    }

    private func ship(_ lines: [String], _ name: String) {
        guard !lines.isEmpty else { return }
        let state = roster.process(name)?.state
        buffer.add(lines, of: LogSource(process: name, namespace: state?.namespace ?? "", pid: state?.pid ?? 0), at: .now())
    }
}

/// Which processes there are, as the last look at all of them says.
private final class LogRoster: Sendable {
    /// One element whenever there may be others; ends when the task is cancelled.
    let changes: AsyncStream<Void>
    private let poke: AsyncStream<Void>.Continuation
    private let processes = Mutex<[String: ObservedProcess]>([:])

    init() {
        (changes, poke) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var names: Set<String> { processes.withLock { Set($0.keys) } }

    func process(_ name: String) -> ObservedProcess? {
        processes.withLock { $0[name] }
    }

    func update(_ list: [ObservedProcess]) {
        processes.withLock { $0 = Dictionary(list.map { ($0.state.name, $0) }) { _, last in last } }
        poke.yield()
    }
}

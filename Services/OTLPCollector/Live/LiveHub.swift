// Hands new logs to those who follow them.

import ArgusService
import Logging
import ServiceLifecycle
import Synchronization

/// Reads each new segment of logs once and gives every client what it wants of it. While nobody follows, nothing is read. Thread-safe.
final class LiveHub: Service, CustomStringConvertible {
    /// What became of a client that wants to follow.
    enum Admission: Equatable {
        /// It gets what comes after this.
        case joined(LogID)
        /// Logs up to this were handed out already: it must read them itself.
        case behind(LogID)
        /// Nobody follows yet: say from where with `begin(at:)`.
        case idle
    }

    private struct State {
        var followers: [ObjectIdentifier: LiveQueue] = [:]
        /// What was handed out; nil while nobody follows.
        var position: LogID?
    }

    /// What logs call it.
    var description: String { "live logs" }

    private let source: any LiveSource
    /// How often other instances' writes are looked for.
    private let interval: Duration
    private let logger: Logger
    private let bell = Bell()
    private let state = Mutex(State())

    init(source: any LiveSource, interval: Duration = .milliseconds(500), logger: Logger) {
        self.source = source
        self.interval = interval
        self.logger = logger
    }

    /// How many follow.
    var count: Int { state.withLock { $0.followers.count } }

    /// Says that logs were stored. Costs next to nothing while nobody follows.
    func logsWereStored() {
        if state.withLock({ !$0.followers.isEmpty }) { bell.ring() }
    }

    /// Says where the first who follows begins.
    func begin(at position: LogID) {
        state.withLock { state in
            if state.position == nil { state.position = position }
        }
    }

    /// Adds a client.
    ///
    /// - Parameter position: What the client has; nil follows from now on.
    func join(_ queue: LiveQueue, after position: LogID?) -> Admission {
        let admission = state.withLock { state -> Admission in
            guard let reached = state.position else { return .idle }
            if let position, position < reached { return .behind(reached) }
            queue.start(at: position ?? reached)
            state.followers[ObjectIdentifier(queue)] = queue
            return .joined(position ?? reached)
        }
        if case .joined = admission { bell.ring() }
        return admission
    }

    /// Removes a client.
    func leave(_ queue: LiveQueue) {
        state.withLock { state in
            state.followers[ObjectIdentifier(queue)] = nil
            if state.followers.isEmpty { state.position = nil }
        }
    }

    /// Reads and hands out until shutdown. A database that does not answer is asked again.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var wasFailing = false
            while !Task.isCancelled {
                await self.bell.wait(atMost: self.count > 0 ? self.interval : .seconds(60))
                do {
                    while try await self.handOut() {}
                    wasFailing = false
                } catch {
                    if !wasFailing, !Task.isCancelled {
                        self.logger.warning("live logs cannot be read, trying again", metadata: [LogKey.error: "\(error)"])
                    }
                    wasFailing = true
                }
            }
        }
    }

    /// Hands out a page; whether there is more.
    private func handOut() async throws -> Bool {
        guard !Task.isCancelled, let position = state.withLock({ $0.followers.isEmpty ? nil : $0.position }) else { return false }
        let page = try await source.page(after: position)
        guard page.position > position else { return false }
        let followers = state.withLock { state -> [LiveQueue] in
            guard state.position == position else { return [] }
            state.position = page.position
            return Array(state.followers.values)
        }
        for segment in page.segments {
            var encoder = LiveEncoder(segment)
            for follower in followers {
                follower.offer(try encoder.entries(follower.filter, after: position), through: .end(of: segment.id))
            }
            await Task.yield()
        }
        for follower in followers { follower.offer([], through: page.position) }
        return page.isFull
    }
}

// Tells a partition that time passes, by way of its own input, so that a replay sees the same time.

import ArgusBus
import ArgusShared
import Logging
import Synchronization

/// Publishes ticks: one at a time, and the next not before the last was read.
final class Ticker: Sendable {
    private struct State {
        /// The tick that is on its way, or stored and not read yet.
        var sent: String?
        var nextAt = ContinuousClock.now
    }

    /// Between two ticks: deadlines that differ little share one.
    private static let pause = Duration.milliseconds(50)

    private let bus: Bus
    private let partition: Int
    private let logger: Logger
    private let state = Mutex(State())

    init(bus: Bus, partition: Int, logger: Logger) {
        self.bus = bus
        self.partition = partition
        self.logger = logger
    }

    /// Sends a tick if `deadline` is due and none is on its way. Does not wait. The identifier follows from what is committed, so that a
    /// repetition by this owner or the next is recognised; it would be harmless, too.
    func consider(deadline: Timestamp, now: Timestamp, input: UInt64) {
        guard deadline <= now else { return }
        var tick = AlertEvent.tick(at: now)
        tick.id = "tick-\(partition)-\(deadline.milliseconds)-\(input)"
        let id = tick.id
        let isFirst = state.withLock { state in
            guard state.sent == nil, ContinuousClock.now >= state.nextAt else { return false }
            state.sent = id
            state.nextAt = ContinuousClock.now + Self.pause
            return true
        }
        guard isFirst else { return }
        Task { [tick] in await publish(tick) }
    }

    /// A tick was read from the input.
    func arrived(_ id: String) {
        state.withLock { if $0.sent == id { $0.sent = nil } }
    }

    private func publish(_ tick: AlertEvent) async {
        var writer = JSONWriter()
        tick.write(to: &writer)
        writer.newline()
        do {
            try await bus.publish(writer.bytes, to: Subjects.events(partition: partition), messageID: tick.id)
        } catch {
            logger.debug("a tick was not sent", metadata: ["partition": "\(partition)", "error": "\(error)"])
            // Before the next attempt the bus gets time to come back.
            try? await Task.sleep(for: .milliseconds(250))
            arrived(tick.id)
        }
    }
}

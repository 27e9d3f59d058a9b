// Up to where notifications were published: kept on the bus, so that a lost database does not tell everybody everything again.

import ArgusBus
import ArgusShared
import Synchronization

/// A sequence of the commit log in `argus_config`, written about once a second.
final class NotificationWatermark: Sendable {
    private static let key = "alert-api.notified"
    private static let interval: Duration = .seconds(1)

    private struct State {
        var position: UInt64 = 0
        var written: ContinuousClock.Instant?
    }

    private let bus: Bus
    private let bucket: KeyValueBucket
    private let state = Mutex(State())

    init(bus: Bus) {
        self.bus = bus
        bucket = bus.keyValue(Buckets.configuration)
    }

    /// The position that was stored; 0 where there is none, or it is of another log than this.
    func load() async throws -> UInt64 {
        guard let entry = try await bucket.get(Self.key), let position = UInt64(String(decoding: entry.value, as: UTF8.self)) else {
            return 0
        }
        return try await bus.streamInfo(Streams.alerts.name).lastSequence >= position ? position : 0
    }

    /// Remembers a position. A failure to store it costs repeated notifications after the loss of a database, and nothing else.
    func advance(to position: UInt64) async {
        let isDue = state.withLock { state in
            guard position > state.position else { return false }
            if let written = state.written, .now - written < Self.interval { return false }
            state.position = position
            state.written = .now
            return true
        }
        guard isDue else { return }
        _ = try? await bucket.put(Self.key, Array("\(position)".utf8))
    }
}

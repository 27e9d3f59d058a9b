// Puts old rollups together by the minute and by the hour.

import ArgusStorage
import Logging
import ServiceLifecycle

/// How long the buckets of rollups are, in seconds.
enum RollupStep: Int64, CaseIterable {
    case tenSeconds = 10
    case minute = 60
    case hour = 3600

    /// The step that rows of this one are moved into; nil for the last.
    var coarser: RollupStep? {
        switch self {
        case .tenSeconds: .minute
        case .minute: .hour
        case .hour: nil
        }
    }

    /// The first second of the bucket that a time is in.
    func bucket(of seconds: Int64) -> Int64 {
        let quotient = seconds / rawValue
        return (seconds % rawValue < 0 ? quotient - 1 : quotient) * rawValue
    }
}

/// Moves old rows into coarser ones. Each count is in exactly one row at any time, so sums over all steps never change.
struct RollupCompaction: Service, CustomStringConvertible {
    private static let pause: Duration = .milliseconds(20)

    private let store: TelemetryStore
    private let interval: Duration
    private let logger: Logger

    init(store: TelemetryStore, interval: Duration = .seconds(60), logger: Logger) {
        self.store = store
        self.interval = interval
        self.logger = logger
    }

    /// What logs call it.
    var description: String { "rollup compaction" }

    /// Compacts until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await compactAll()
                } catch {
                    if !Task.isCancelled { logger.warning("compacting rollups failed", metadata: ["error": "\(error)"]) }
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Compacts all that is old enough.
    func compactAll() async throws {
        let now = store.now() / 1000
        for (step, age) in [(RollupStep.tenSeconds, store.options.minuteAfter), (.minute, store.options.hourAfter)] {
            guard let coarser = step.coarser else { continue }
            let end = coarser.bucket(of: now - age.wholeMilliseconds / 1000)
            while try await compactSome(step, into: coarser, before: end) { try await Task.sleep(for: Self.pause) }
        }
    }

    /// Moves one small transaction's worth of rows; false if there are none.
    private func compactSome(_ step: RollupStep, into coarser: RollupStep, before end: Int64) async throws -> Bool {
        let transaction = CompactionTransaction(step: step, coarser: coarser, end: end)
        guard try await store.database.read({ try transaction.isNeeded($0) }) else { return false }
        return try await store.database.write { connection in
            _ = try TelemetrySequence.take(connection)
            return try transaction.run(connection)
        }
    }
}

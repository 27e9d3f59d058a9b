// How fast counters grow.

import ServiceLifecycle
import Synchronization

/// Reads counters every second, to say how much they grew per second over the last minute. Thread-safe.
final class RateMeter: Service, CustomStringConvertible {
    private static let seconds = 60

    /// What logs call it.
    var description: String { "rate meter" }

    private struct Sample {
        var time: ContinuousClock.Instant
        var values: [Double]
    }

    private let counters: [@Sendable () -> UInt64]
    private let interval: Duration
    private let samples: Mutex<[Sample]>

    /// - Parameter counters: What is measured; `rate` names them by their place.
    init(counters: [@Sendable () -> UInt64], interval: Duration = .seconds(1)) {
        self.counters = counters
        self.interval = interval
        samples = Mutex([Sample(time: .now, values: counters.map { Double($0()) })])
    }

    /// Measures until shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: self.interval)) != nil { self.measure() }
        }
    }

    /// Growth of a counter per second.
    func rate(_ counter: Int, at time: ContinuousClock.Instant = .now) -> Double {
        let value = Double(counters[counter]())
        guard let first = samples.withLock({ $0.first }) else { return 0 }
        let (seconds, attoseconds) = (time - first.time).components
        let elapsed = Double(seconds) + Double(attoseconds) * 1e-18
        // A service that has just started has not been at it for long.
        return max(0, value - first.values[counter]) / max(1, elapsed)
    }

    func measure(at time: ContinuousClock.Instant = .now) {
        let values = counters.map { Double($0()) }
        samples.withLock { samples in
            samples.append(Sample(time: time, values: values))
            if samples.count > Self.seconds + 1 { samples.removeFirst(samples.count - Self.seconds - 1) }
        }
    }
}

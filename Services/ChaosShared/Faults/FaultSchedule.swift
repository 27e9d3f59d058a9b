// Which faults are in force: the configured ones, or others for a while.

public import ArgusShared
import Synchronization

/// The configured faults and what replaces them for a while. Pure: the time is the caller's.
public struct FaultSchedule: Sendable {
    /// Other faults for a while.
    public struct Override: Sendable, Equatable {
        /// What is in force instead.
        public let profile: FaultProfile
        /// From when on the configured faults are back.
        public let end: ContinuousClock.Instant
        /// The same for people.
        public let endsAt: Timestamp
    }

    /// What the environment configured.
    public let configured: FaultProfile
    /// Requests that were decided.
    public private(set) var requests: UInt64 = 0
    private var override: Override?

    /// The configured faults, and nothing else yet.
    public init(configured: FaultProfile) {
        self.configured = configured
    }

    /// What replaces the configured faults at a time; nil if nothing does.
    public func override(at now: ContinuousClock.Instant) -> Override? {
        override.flatMap { now < $0.end ? $0 : nil }
    }

    /// The faults in force at a time.
    public func profile(at now: ContinuousClock.Instant) -> FaultProfile {
        override(at: now)?.profile ?? configured
    }

    /// Replaces the configured faults from now on.
    public mutating func set(_ profile: FaultProfile, for duration: Duration, at now: ContinuousClock.Instant, wallClock: Timestamp) {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        override = Override(
            profile: profile, end: now + duration, endsAt: Timestamp(milliseconds: wallClock.milliseconds + milliseconds))
    }

    /// Puts the configured faults back.
    public mutating func revert() {
        override = nil
    }

    /// Decides the next request.
    public mutating func decide(for service: ChaosService, at now: ContinuousClock.Instant) -> FaultDecision {
        requests += 1
        return profile(at: now).decision(number: requests, service: service)
    }
}

/// The faults of a running service. Thread-safe.
public final class FaultInjector: Sendable {
    /// Whose faults these are.
    public let service: ChaosService
    private let schedule: Mutex<FaultSchedule>

    /// The faults that the environment configured.
    public init(service: ChaosService, configured: FaultProfile) {
        self.service = service
        schedule = Mutex(FaultSchedule(configured: configured))
    }

    /// Decides the next request.
    public func decide() -> FaultDecision {
        schedule.withLock { $0.decide(for: service, at: .now) }
    }

    /// What is configured and what is in force.
    var state: FaultSchedule {
        schedule.withLock { $0 }
    }

    func set(_ profile: FaultProfile, for duration: Duration) {
        schedule.withLock { $0.set(profile, for: duration, at: .now, wallClock: .now()) }
    }

    func revert() {
        schedule.withLock { $0.revert() }
    }
}

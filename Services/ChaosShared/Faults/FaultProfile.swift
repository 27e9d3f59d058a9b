// How often and how a demo service misbehaves, and the decision for one request. Pure.

import ArgusShared

/// Rates and times of a service's faults. Two profiles that are equal decide equally.
public struct FaultProfile: Sendable, Equatable {
    /// Share of requests that take longer, 0 to 1.
    public var latencyRate: Double
    /// How much longer they take.
    public var latency: ClosedRange<Duration>
    /// Share of requests that fail, 0 to 1.
    public var errorRate: Double
    /// How long a request that fails takes before it does.
    public var errorDelay: ClosedRange<Duration>
    /// What the decisions are drawn from.
    public var seed: UInt64

    /// A profile that never misbehaves.
    public init(seed: UInt64 = 1) {
        latencyRate = 0
        latency = .zero ... .zero
        errorRate = 0
        errorDelay = .zero ... .zero
        self.seed = seed
    }

    /// What happens to a request: always the same for the same profile, service and number.
    ///
    /// - Parameters:
    ///   - number: The request's number at this service, from 1.
    ///   - service: Services with the same seed misbehave independently of each other.
    public func decision(number: UInt64, service: ChaosService) -> FaultDecision {
        var draw = Draw(seed: seed, service: service, number: number)
        // Always all four, so that changing one rate leaves the other decisions as they were.
        let isSlow = draw.fraction() < latencyRate
        let slowness = draw.duration(in: latency)
        let fails = draw.fraction() < errorRate
        let delay = draw.duration(in: errorDelay)
        return FaultDecision(
            number: number, latency: isSlow ? slowness : nil, error: fails ? FaultDecision.Failure(delay: delay) : nil)
    }
}

/// What happens to one request.
public struct FaultDecision: Sendable, Equatable {
    /// A request that is to fail.
    public struct Failure: Sendable, Equatable {
        /// After how long it fails.
        public let delay: Duration
    }

    /// The request's number at its service.
    public let number: UInt64
    /// How much longer it takes; nil for no longer.
    public let latency: Duration?
    /// How it fails; nil if it does not.
    public let error: Failure?
}

/// Random numbers that depend on nothing but seed, service and request number (SplitMix64).
private struct Draw {
    private var state: UInt64

    init(seed: UInt64, service: ChaosService, number: UInt64) {
        state = Self.mix(seed ^ UInt64(Partitioning.fnv1a(service.rawValue)) << 32) &+ Self.mix(number)
    }

    /// At least 0 and less than 1.
    mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    mutating func duration(in range: ClosedRange<Duration>) -> Duration {
        range.lowerBound + (range.upperBound - range.lowerBound) * fraction()
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var word = value
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

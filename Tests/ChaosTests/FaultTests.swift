// What misbehaves, how often, and for how long.

import ArgusService
import ArgusShared
import HTTPTypes
import Testing

@testable import ChaosShared

@Suite struct FaultTests {
    private static func profile(seed: UInt64 = 7) -> FaultProfile {
        var profile = FaultProfile(seed: seed)
        profile.latencyRate = 0.3
        profile.latency = .milliseconds(100)...(.milliseconds(800))
        profile.errorRate = 0.1
        profile.errorDelay = .seconds(2)...(.seconds(5))
        return profile
    }

    private static func decisions(_ profile: FaultProfile, _ service: ChaosService = .order, count: UInt64 = 20_000) -> [FaultDecision] {
        (1...count).map { profile.decision(number: $0, service: service) }
    }

    @Test func ratesHoldOverManyDraws() {
        for seed: UInt64 in [0, 1, 2, 42, .max] {
            let decisions = Self.decisions(Self.profile(seed: seed))
            let slow = Double(decisions.filter { $0.latency != nil }.count) / 20_000
            let failed = Double(decisions.filter { $0.error != nil }.count) / 20_000
            // Six standard deviations: 0.0194 and 0.0127.
            #expect(abs(slow - 0.3) < 0.0195, "seed \(seed): \(slow)")
            #expect(abs(failed - 0.1) < 0.0128, "seed \(seed): \(failed)")
        }
    }

    @Test func timesStayInTheirRangesAndFillThem() throws {
        let decisions = Self.decisions(Self.profile())
        let latencies = decisions.compactMap(\.latency)
        let delays = decisions.compactMap(\.error?.delay)
        #expect(latencies.allSatisfy { $0 >= .milliseconds(100) && $0 <= .milliseconds(800) })
        #expect(delays.allSatisfy { $0 >= .seconds(2) && $0 <= .seconds(5) })
        #expect(try #require(latencies.min()) < .milliseconds(105) && #require(latencies.max()) > .milliseconds(795))
        #expect(try #require(delays.min()) < .milliseconds(2050) && #require(delays.max()) > .milliseconds(4950))
    }

    @Test func theSameSeedDecidesTheSame() {
        let profile = Self.profile()
        #expect(Self.decisions(profile, count: 500) == Self.decisions(profile, count: 500))
        #expect(Self.decisions(profile, count: 500) != Self.decisions(Self.profile(seed: 8), count: 500))
    }

    @Test func servicesMisbehaveIndependently() {
        let profile = Self.profile()
        let order = Self.decisions(profile, .order).map { $0.error != nil }
        let payment = Self.decisions(profile, .payment).map { $0.error != nil }
        let both = Double(zip(order, payment).filter { $0 && $1 }.count) / 20_000
        #expect(abs(both - 0.01) < 0.005)
    }

    @Test func oneRateDoesNotChangeTheOthersDecisions() {
        var changed = Self.profile()
        changed.latencyRate = 0.9
        let before = Self.decisions(Self.profile(), count: 1000).map(\.error)
        #expect(Self.decisions(changed, count: 1000).map(\.error) == before)
    }

    @Test func extremesAreCertain() {
        var profile = Self.profile()
        profile.latencyRate = 0
        profile.errorRate = 1
        #expect(Self.decisions(profile, count: 1000).allSatisfy { $0.latency == nil && $0.error != nil })
    }

    @Test func anOverrideRevertsByItself() {
        var schedule = FaultSchedule(configured: Self.profile())
        var other = FaultProfile(seed: 3)
        other.errorRate = 1
        let start = ContinuousClock.now
        schedule.set(other, for: .seconds(30), at: start, wallClock: Timestamp(milliseconds: 1000))
        #expect(schedule.profile(at: start) == other)
        #expect(schedule.override(at: start)?.endsAt == Timestamp(milliseconds: 31_000))
        #expect(schedule.profile(at: start + .milliseconds(29_999)) == other)
        #expect(schedule.profile(at: start + .seconds(30)) == Self.profile())
        #expect(schedule.override(at: start + .seconds(30)) == nil)
    }

    @Test func anOverrideCanBeTakenBackAndReplaced() {
        var schedule = FaultSchedule(configured: Self.profile())
        let start = ContinuousClock.now
        schedule.set(FaultProfile(seed: 3), for: .seconds(30), at: start, wallClock: .now())
        schedule.set(FaultProfile(seed: 4), for: .seconds(5), at: start, wallClock: .now())
        #expect(schedule.profile(at: start).seed == 4)
        #expect(schedule.profile(at: start + .seconds(6)) == Self.profile())
        schedule.set(FaultProfile(seed: 3), for: .seconds(30), at: start, wallClock: .now())
        schedule.revert()
        #expect(schedule.profile(at: start) == Self.profile())
    }

    @Test func requestsAreNumberedWhateverIsInForce() {
        var schedule = FaultSchedule(configured: Self.profile())
        let now = ContinuousClock.now
        let first = schedule.decide(for: .order, at: now)
        schedule.set(FaultProfile(), for: .seconds(1), at: now, wallClock: .now())
        let second = schedule.decide(for: .order, at: now)
        let third = schedule.decide(for: .order, at: now + .seconds(2))
        #expect([first.number, second.number, third.number] == [1, 2, 3])
        #expect(second.latency == nil && second.error == nil)
        #expect(third == Self.profile().decision(number: 3, service: .order))
    }
}

@Suite struct FaultSettingsTests {
    @Test func everyServiceMisbehavesAsTheDemonstrationWants() throws {
        let order = try Self.profile(.order)
        #expect(order.latencyRate == 0.3 && order.latency == .milliseconds(100)...(.milliseconds(800)) && order.errorRate == 0)
        let payment = try Self.profile(.payment)
        #expect(payment.errorRate == 0.1 && payment.errorDelay == .zero ... .zero && payment.latencyRate == 0)
        let inventory = try Self.profile(.inventory)
        #expect(inventory.errorRate == 0.05 && inventory.errorDelay == .seconds(2)...(.seconds(5)) && inventory.latencyRate == 0)
    }

    @Test func aServiceReadsItsOwnVariables() throws {
        let environment = ["CHAOS_ORDER_LATENCY_RATE": "1", "CHAOS_PAYMENT_LATENCY": "5ms", "CHAOS_SEED": "99"]
        #expect(try Self.profile(.order, environment).latencyRate == 1)
        let payment = try Self.profile(.payment, environment)
        #expect(payment.latency == .milliseconds(5)...(.milliseconds(5)) && payment.latencyRate == 0 && payment.seed == 99)
    }

    @Test(arguments: [
        ("CHAOS_ORDER_LATENCY_RATE", "1.5"), ("CHAOS_ORDER_LATENCY_RATE", "often"), ("CHAOS_ORDER_ERROR_RATE", "-0.1"),
        ("CHAOS_ORDER_LATENCY", "800ms-100ms"), ("CHAOS_ORDER_LATENCY", "1s-2s-3s"), ("CHAOS_ORDER_LATENCY", "100"),
        ("CHAOS_ORDER_ERROR_DELAY", "2s-61s"), ("CHAOS_SEED", "-1"), ("CHAOS_ORDER_ERROR_RATE", "nan"),
    ])
    func whatIsMalformedIsNamed(_ name: String, _ value: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.profile(.order, [name: value]) }
        #expect(error?.problems.count == 1 && error?.problems.first?.hasPrefix(name) == true)
    }

    private static func profile(_ service: ChaosService, _ environment: [String: String] = [:]) throws -> FaultProfile {
        let settings = ServiceSettings(environment: environment, defaults: FaultSettings.defaults(of: service))
        let profile = FaultSettings.profile(of: service, settings)
        try settings.validate()
        return profile
    }
}

@Suite struct FaultChangeTests {
    @Test func whatIsLeftOutStays() throws {
        var profile = FaultProfile(seed: 5)
        profile.latencyRate = 0.3
        profile.latency = .milliseconds(100)...(.milliseconds(800))
        let change = try FaultChange(parsing: Array(#"{"error_rate":0.5,"latency_max_ms":1000,"duration_seconds":1.5}"#.utf8))
        let changed = try change.applied(to: profile)
        #expect(changed.errorRate == 0.5 && changed.latencyRate == 0.3 && changed.seed == 5)
        #expect(changed.latency == .milliseconds(100)...(.seconds(1)))
        #expect(change.duration == .milliseconds(1500))
        #expect(try FaultChange(parsing: Array("{}".utf8)).duration == .seconds(60))
    }

    @Test(arguments: [
        ("error_rate", #"{"error_rate":2}"#), ("seed", #"{"seed":"x"}"#), ("duration_seconds", #"{"duration_seconds":0}"#),
        ("latency_min_ms", #"{"latency_min_ms":70000}"#), ("mood", #"{"mood":"bad"}"#),
    ])
    func whatIsWrongIsNamed(_ field: String, _ body: String) {
        let error = #expect(throws: APIError.self) { try FaultChange(parsing: Array(body.utf8)) }
        #expect(error?.status == .badRequest && error?.field == field)
    }

    @Test func aRangeMayNotEndBeforeItBegins() throws {
        let change = try FaultChange(parsing: Array(#"{"latency_min_ms":5}"#.utf8))
        let error = #expect(throws: APIError.self) { try change.applied(to: FaultProfile()) }
        #expect(error?.field == "latency_min_ms")
    }

    @Test func aBodyThatIsNoObjectIsRefused() {
        for body in ["", "[]", "{", "7"] {
            #expect(throws: APIError.self) { try FaultChange(parsing: Array(body.utf8)) }
        }
    }
}

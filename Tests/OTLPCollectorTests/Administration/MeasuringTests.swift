// What health is computed from.

import ArgusService
import ArgusStorage
import Logging
import Synchronization
import Testing

@testable import OTLPCollector

@Suite struct MeasuringTests {
    @Test func latencyIsThatOfTheLastMinute() {
        let latency = RecentLatency()
        let start = ContinuousClock.now
        #expect(latency.quantile(0.99, at: start) == nil)
        for index in 1...100 { latency.record(.milliseconds(index), at: start) }
        #expect(latency.quantile(0.99, at: start) == .milliseconds(99))
        #expect(latency.quantile(0.5, at: start) == .milliseconds(50))
        #expect(latency.quantile(1, at: start) == .milliseconds(100))
        latency.record(.seconds(1), at: start + .seconds(50))
        #expect(latency.quantile(0.5, at: start + .seconds(70)) == .seconds(1))
        for _ in 0..<5_000 { latency.record(.milliseconds(1), at: start + .seconds(80)) }
        #expect(latency.quantile(1, at: start + .seconds(80)) == .milliseconds(1))
    }

    @Test func ratesAreThoseOfTheLastMinute() {
        let count = Mutex<UInt64>(0)
        let meter = RateMeter(counters: [{ count.withLock { $0 } }])
        let start = ContinuousClock.now
        for second in 1...100 {
            count.withLock { $0 += second <= 50 ? 1_000 : 10 }
            meter.measure(at: start + .seconds(second))
        }
        let rate = meter.rate(0, at: start + .seconds(100))
        // Sixty seconds back: ten of a thousand, fifty of ten.
        #expect(abs(rate - (10 * 1_000 + 50 * 10) / 60.0) < 1)
    }

    @Test func aLongJobRunsOnceAndGoesOn() async throws {
        let runs = Mutex(0)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let job = LongJob<Int>(patience: .milliseconds(50))
        let body: @Sendable () async throws -> Int = {
            runs.withLock { $0 += 1 }
            for await _ in gate { break }
            return 7
        }
        guard case .running = try await job.run(body), case .running = try await job.run(body) else {
            Issue.record("the job should be running")
            return
        }
        #expect(runs.withLock { $0 } == 1)
        opener.yield()
        guard case .done(7) = try await LongJob<Int>().run({ 7 }) else {
            Issue.record("a quick job should be done")
            return
        }
    }

    @Test func aLongJobThatFailsSaysSo() async {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await LongJob<Int>().run { throw Failure() } }
    }

    @Test func aDatabaseThatIsNotOpenIsUnavailable() async throws {
        let database = CollectorDatabase(
            StorageConfiguration(driver: .postgres, dsn: "postgres://nobody@127.0.0.1:1/none"), migrations: [], metrics: MetricsRegistry(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(try await database.open() == false)
        #expect(!database.isOpen)
        do {
            try await database.read { _ in }
            Issue.record("reading should fail")
        } catch let error as StorageError {
            #expect(error.code == .unavailable && error.isRetriable)
        }
        await database.close()
        await #expect(throws: StorageError.self) { try await database.ping() }
    }
}

// Health checks answer in time and name what fails.

import Testing

@testable import ArgusService

private struct Away: Error, CustomStringConvertible {
    let description = "connection refused"
}

@Suite struct HealthTests {
    @Test func withoutChecksAServiceIsReady() async {
        let report = await HealthChecks().report()
        #expect(report.isReady)
        #expect(String(decoding: report.body, as: UTF8.self) == #"{"status":"ready","checks":{}}"#)
    }

    @Test func failuresAreNamed() async {
        let health = HealthChecks()
        health.register("storage") {}
        health.register("bus") { throw Away() }
        let report = await health.report()
        #expect(!report.isReady)
        #expect(
            String(decoding: report.body, as: UTF8.self)
                == #"{"status":"unready","checks":{"bus":{"status":"failing","message":"connection refused"},"storage":{"status":"ok"}}}"#)
    }

    @Test func aCheckThatHangsFailsAtItsTimeoutEvenIfItIgnoresCancellation() async {
        let health = HealthChecks()
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        health.register("stuck", timeout: .milliseconds(30)) {
            await Task { for await _ in gate { break } }.value
        }
        let outcome = await health.run().first
        #expect(outcome?.failure == "did not answer within 30ms")
        opener.finish()
    }

    @Test func aNameIsRegisteredOnce() async {
        let health = HealthChecks()
        health.register("bus") { throw Away() }
        health.register("bus") {}
        #expect(await health.run() == [HealthChecks.Outcome(name: "bus", failure: nil)])
    }
}

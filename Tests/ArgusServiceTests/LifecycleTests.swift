// One group of parts: order, early ends, start errors.

import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import ArgusService

private final class Journal: Sendable {
    private let entries = Mutex<[String]>([])

    func note(_ entry: String) { entries.withLock { $0.append(entry) } }
    var all: [String] { entries.withLock { $0 } }
}

private struct Part: Service {
    let name: String
    let journal: Journal

    func run() async throws {
        try await gracefulShutdown()
        journal.note(name)
    }
}

private struct Failing: Service, CustomStringConvertible {
    struct Reason: Error {}
    let isThrowing: Bool
    var description: String { "failing" }

    func run() async throws {
        if isThrowing { throw Reason() }
    }
}

@Suite struct LifecycleTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func partsStopInTheReverseOrder() async throws {
        let journal = Journal()
        func part(_ name: String) -> Part { Part(name: name, journal: journal) }
        let application = ServiceApplication(
            telemetry: [part("telemetry")], bus: [part("bus")], storage: [part("storage")], workers: [part("worker 1"), part("worker 2")],
            listeners: [part("listener")])
        let result = try await application.withRunning(logger: logger) { 42 }
        #expect(result == 42)
        #expect(journal.all == ["listener", "worker 2", "worker 1", "storage", "bus", "telemetry"])
    }

    @Test func anEarlyEndIsAFailureAndStopsTheOthers() async throws {
        let journal = Journal()
        let application = ServiceApplication(bus: [Part(name: "bus", journal: journal)], workers: [Failing(isThrowing: false)])
        await #expect(throws: ServiceEndedEarly.self) { try await application.run(logger: logger, signals: []) }
        #expect(journal.all == ["bus"])
    }

    @Test func aFailureStopsTheOthersAndIsThrown() async throws {
        let journal = Journal()
        let application = ServiceApplication(bus: [Part(name: "bus", journal: journal)], workers: [Failing(isThrowing: true)])
        await #expect(throws: Failing.Reason.self) { try await application.run(logger: logger, signals: []) }
        #expect(journal.all == ["bus"])
    }

    @Test func shutdownFitsIntoAContainersGrace() {
        #expect(ServiceApplication.gracefulShutdown + ServiceApplication.cancellation < .seconds(15))
    }

    @Test func aTakenPortIsOneSentence() async throws {
        try await withServer { port, bootstrap in
            let settings = HTTPSettings(ServiceSettings(environment: ["HTTP_PORT": "\(port)"]))
            let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
            let second = makeHTTPServer(router: router, settings: settings, metrics: bootstrap.metrics, logger: bootstrap.logger)
            let error = await #expect(throws: StartError.self) {
                try await ServiceApplication(listeners: [second]).run(logger: bootstrap.logger, signals: [])
            }
            #expect(error?.description == "Port \(port) on 127.0.0.1 is already taken: stop what listens there or set HTTP_PORT.")
            await #expect(throws: StartError.self) { try await second.port() }
        }
    }

    @Test func anAddressOfAnotherMachineIsOneSentence() async throws {
        let bootstrap = ServiceBootstrap.testing(
            name: "test", environment: ["HTTP_HOST": "192.0.2.1", "HTTP_PORT": "0"], logLevel: .critical)
        let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
        let server = makeHTTPServer(
            router: router, settings: HTTPSettings(bootstrap.settings), metrics: bootstrap.metrics, logger: bootstrap.logger)
        let error = await #expect(throws: StartError.self) { try await server.run() }
        #expect(error?.description == "192.0.2.1 is not an address of this machine: set HTTP_HOST.")
    }
}

// An intake over a bus that does what a test says.

import ArgusService
import Logging
import Synchronization

@testable import OTLPCollector

/// Publishes into memory.
final class MemoryBus: TelemetryPublisher {
    struct Message: Sendable, Equatable {
        var subject: String
        var payload: [UInt8]
    }

    private struct State {
        var messages: [Message] = []
        var attempts = 0
        var problem: PublishProblem?
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    let maximumPayload: Int
    private let state = Mutex(State())

    init(maximumPayload: Int = 8 << 20) {
        self.maximumPayload = maximumPayload
    }

    var isAvailable: Bool { state.withLock { $0.problem == nil } }
    var messages: [Message] { state.withLock { $0.messages } }
    var attempts: Int { state.withLock { $0.attempts } }

    /// What publishing ends with from now on; nil is well.
    func fail(_ problem: PublishProblem?) { state.withLock { $0.problem = problem } }

    /// Lets no publish end until `release()`.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func publish(
        _ payload: [UInt8], to subject: String, messageID: String?, headers: [(String, String)]
    ) async throws(PublishProblem) {
        state.withLock { $0.attempts += 1 }
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
        let problem = state.withLock { state in
            if state.problem == nil { state.messages.append(Message(subject: subject, payload: payload)) }
            return state.problem
        }
        if let problem { throw problem }
    }
}

/// The parts between the doors and the bus.
struct ReceiverBed {
    let bus: MemoryBus
    let budget: ByteBudget
    let intake: TelemetryIntake
    let letters: RejectedItemLetters

    init(
        maximumRequest: Int = 64 << 20, maximumInFlight: Int = 128 << 20, bus: MemoryBus = MemoryBus(),
        rules: GroupCommitRules = GroupCommitRules(), patience: Duration = .milliseconds(300)
    ) {
        self.bus = bus
        budget = ByteBudget(capacity: maximumInFlight)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = ReceiverMetrics(registry: MetricsRegistry(), budget: budget)
        letters = RejectedItemLetters(publisher: bus, service: "otlp-collector", metrics: metrics, logger: logger)
        var commits: [ExportSignal: TelemetryCommit] = [:]
        for signal in [ExportSignal.traces, .logs] {
            commits[signal] = TelemetryCommit(
                subject: signal.subject ?? "", publisher: bus, rules: rules, patience: patience, metrics: metrics, logger: logger)
        }
        intake = TelemetryIntake(
            maximumRequest: maximumRequest, budget: budget, commits: commits, letters: letters, publisher: bus)
    }

    /// Sends a request as a door would.
    func send(
        _ body: [UInt8], _ signal: ExportSignal = .traces, format: ExportFormat = .protobuf, encoding: BodyEncoding = .identity
    ) async -> Result<ExportAccepted, ExportFailure> {
        let lease = budget.lease()
        guard lease.take(body.count) else { return .failure(.overloaded) }
        return await withCheckedContinuation { continuation in
            intake.submit(ReceivedExport(signal: signal, format: format, encoding: encoding, body: body, lease: lease)) {
                continuation.resume(returning: $0)
            }
        }
    }
}

// What the group commit needs of a bus.

import ArgusBus
import ArgusShared

/// Puts messages of telemetry on the bus.
protocol TelemetryPublisher: Sendable {
    /// Whether the bus can be reached right now; cheap.
    var isAvailable: Bool { get }
    /// Bytes of the largest message that the bus takes, headers included.
    var maximumPayload: Int { get }

    /// Publishes one message and waits until it is acknowledged.
    ///
    /// - Parameter messageID: The same for each attempt, so that a repeated message counts once; nil is without such protection.
    func publish(_ payload: [UInt8], to subject: String, messageID: String?, headers: [(String, String)]) async throws(PublishProblem)
}

extension TelemetryPublisher {
    /// Bytes of the largest payload beside our headers.
    var maximumMessage: Int { maximumPayload - 4096 }
}

/// Why a message is not on the bus.
struct PublishProblem: Error, Sendable {
    var failure: ExportFailure
    /// Whether the same message may succeed when sent again at once.
    var isRetriable = false
}

/// The bus itself.
struct BusTelemetryPublisher: TelemetryPublisher {
    private let bus: Bus
    private static let attemptTimeout: Duration = .seconds(2)

    init(_ bus: Bus) {
        self.bus = bus
    }

    var isAvailable: Bool { bus.status == .connected }

    var maximumPayload: Int { bus.maximumPayload }

    func publish(
        _ payload: [UInt8], to subject: String, messageID: String?, headers: [(String, String)]
    ) async throws(PublishProblem) {
        var fields: MessageHeaders = [HeaderName.schema: Schema.current]
        for (name, value) in headers { fields[name] = value }
        do {
            _ = try await bus.publish(payload, to: subject, headers: fields, messageID: messageID, timeout: Self.attemptTimeout)
        } catch {
            throw PublishProblem(error)
        }
    }
}

extension PublishProblem {
    /// What an error of the bus means for the requests of the message.
    init(_ error: BusError) {
        switch error.code {
        case .streamFull:
            failure = ExportFailure(kind: .busFull, message: "the event bus is full")
        case .closed, .cancelled:
            failure = .stopping
        case _ where error.isRetriable:
            failure = ExportFailure(kind: .busUnavailable, message: "the event bus cannot be reached")
            isRetriable = true
        default:
            failure = ExportFailure(kind: .busRefused, message: "the event bus refused the telemetry")
        }
        failure.cause = error.description
    }
}

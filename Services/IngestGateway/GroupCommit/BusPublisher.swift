// Publishes messages of events to JetStream, and says what its errors mean here.

import ArgusBus
import ArgusShared

/// The bus as the batchers see it.
struct BusPublisher: EventPublishing {
    private let bus: Bus
    private let subjects: [String]

    /// How long one attempt may take; the batcher's patience bounds all of them.
    private static let attemptTimeout: Duration = .seconds(2)

    init(bus: Bus, partitions: Int) {
        self.bus = bus
        subjects = (0..<partitions).map { Subjects.events(partition: $0) }
    }

    var isAvailable: Bool { bus.status == .connected }

    func publish(_ payload: [UInt8], partition: Int, messageID: String, traceparent: String?) async throws(PublishFailure) {
        let trace = traceparent.flatMap { TraceContext(traceparent: $0) }?.makeChild() ?? .makeRoot()
        do {
            _ = try await bus.publish(
                payload, to: subjects[partition],
                headers: [HeaderName.traceparent: trace.traceparent, HeaderName.schema: Schema.current],
                messageID: messageID, timeout: Self.attemptTimeout)
        } catch {
            throw PublishFailure(error)
        }
    }
}

extension PublishFailure {
    /// What an error of the bus means for the events of the message.
    init(_ error: any Error) {
        guard let error = error as? BusError else {
            let isCancelled = error is CancellationError
            self.init(kind: isCancelled ? .stopping : .refused, message: isCancelled ? "the gateway is stopping" : "\(error)")
            return
        }
        switch error.code {
        case .streamFull: self.init(kind: .streamFull, message: "the event bus is full")
        case .closed, .cancelled: self = .stopping
        case _ where error.isRetriable:
            self.init(kind: .unavailable, message: "the event bus cannot be reached", isRetriable: true)
        default: self.init(kind: .refused, message: "the event bus refused the events")
        }
        cause = error.description
    }
}

// What becomes of a message that a lane took.

import ArgusShared

/// How a message is answered.
enum BridgeOutcome: Equatable {
    /// What it means is on the bus; it never comes again.
    case done
    /// It is not the time yet.
    case later(Duration)
    /// The bus did not take what it means; it comes again after a pause.
    case failed(PublishFailure)
    /// Handling it took so long that another gateway may have it by now: it is left alone.
    case abandoned
    /// It can never be understood.
    case unreadable(String)
}

/// Makes alert events of the messages of one consumer.
protocol BridgeHandler: Sendable {
    /// For logs and metrics.
    var name: String { get }
    /// The bridges that need it now; without any, nothing is consumed.
    var bridges: [Bridge] { get }
    /// The stream it reads, created if nobody has.
    var stream: StreamDefinition { get }
    /// The durable consumer that all gateways share.
    var consumer: ConsumerDefinition { get }

    /// Handles one message, from the moment it was taken.
    func handle(_ event: BridgeEvent, takenAt: ContinuousClock.Instant) async -> BridgeOutcome
}

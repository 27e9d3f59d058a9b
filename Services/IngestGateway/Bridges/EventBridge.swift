// Makes triggers and resolves of the events of one source, in their order.

import ArgusShared

/// Handles the events of processes or of workflows.
///
/// The consumer has one message outstanding in all gateways together, so what is published here is in the order of the source's stream.
/// A message that comes twice (its gateway died before it acknowledged) makes the same alert events under the same message ids, of which
/// the bus drops the second ones; beyond the bus's memory, a repeated trigger or resolve changes nothing in the grouping processor.
struct EventBridge: BridgeHandler {
    /// With the two seconds that publishing may take, less than the consumer's time for an acknowledgement: nothing is published for a
    /// message that another gateway may have by then.
    private static let patience = Duration.seconds(3)

    let source: Bridge.Source
    let configuration: ConfigurationStore
    let publisher: BridgePublisher

    var name: String { source.rawValue }
    var bridges: [Bridge] { configuration.bridges(of: source) }
    var stream: StreamDefinition { source == .process ? Streams.processEvents() : Streams.observation() }
    var consumer: ConsumerDefinition { source == .process ? Consumers.bridgeProcesses : Consumers.bridgeRuns }

    func handle(_ event: BridgeEvent, takenAt: ContinuousClock.Instant) async -> BridgeOutcome {
        for bridge in bridges {
            let alert: AlertEvent
            switch bridge.verdict(on: event) {
            case .nothing, .resolveLater: continue
            case .trigger: alert = bridge.trigger(by: event, at: .now())
            case .resolve: alert = bridge.resolve(by: event, at: .now())
            }
            guard takenAt.duration(to: .now) < Self.patience else { return .abandoned }
            do throws(PublishFailure) {
                try await publisher.publish(alert, source: source)
            } catch {
                guard error.kind == .refused else { return .failed(error) }
                publisher.refused(alert, error)
            }
        }
        return .done
    }
}

// Resolves what went wrong with a process once it has been running for a while.

import ArgusBus
import ArgusShared

/// Handles the starts of processes. A start comes again and again until every bridge that waits for it is content; the bus keeps it
/// meanwhile, whichever gateways stop and start.
struct RunningBridge: BridgeHandler {
    private static let attempts = 10
    private static let retry = Duration.milliseconds(250)

    let configuration: ConfigurationStore
    let publisher: BridgePublisher
    let bus: Bus

    let name = Bridge.running
    let stream = Streams.processEvents()
    let consumer = Consumers.bridgeRunning

    var bridges: [Bridge] { configuration.bridges(of: .process).filter(\.awaitsRunning) }

    func handle(_ event: BridgeEvent, takenAt: ContinuousClock.Instant) async -> BridgeOutcome {
        let age = Timestamp.now().milliseconds - event.origin.storedAt.milliseconds
        var next: Int64?
        for bridge in bridges where bridge.verdict(on: event) == .resolveLater {
            let missing = Int64(bridge.runningSeconds) * 1000 - age
            if missing > 0 {
                // A clock that is behind the bus's does not make the wait longer than it is.
                next = min(next ?? .max, missing, Int64(bridge.runningSeconds) * 1000)
                continue
            }
            do {
                guard try await resolve(bridge, event) else { return .later(Self.retry) }
            } catch {
                return .failed(PublishFailure(error))
            }
        }
        return next.map { .later(.milliseconds($0)) } ?? .done
    }

    /// Publishes the resolve unless something happened to the process since its start. false if that cannot be said yet.
    ///
    /// A failure that comes at the same moment is not overtaken: the resolve is stored only if nothing was stored in the partition since
    /// before the question whether there was a failure.
    private func resolve(_ bridge: Bridge, _ event: BridgeEvent) async throws -> Bool {
        guard try await triggersArePublished(before: event.origin.sequence) else { return false }
        let alert = bridge.resolve(by: event, at: .now(), afterRunning: true)
        for _ in 0..<Self.attempts {
            guard let position = try await publisher.position(of: alert) else { return true }
            guard try await isUndisturbed(bridge, event) else { return true }
            if try await publisher.publish(alert, at: position, source: .process) { return true }
        }
        return false
    }

    /// Whether the triggers of all events before the start are on the bus.
    private func triggersArePublished(before sequence: UInt64) async throws -> Bool {
        let info = try await bus.consumerInfo(stream: stream.name, name: Consumers.bridgeProcesses.name)
        return info.acknowledgedFloor >= sequence || info.pending + info.unacknowledged == 0
    }

    private func isUndisturbed(_ bridge: Bridge, _ event: BridgeEvent) async throws -> Bool {
        for kind in bridge.disturbances {
            let subject = ProcessSubject.make(namespace: event.owner, name: event.subject, type: kind)
            let last = try await bus.lastMessage(stream: stream.name, subject: subject)
            if let sequence = last?.metadata?.streamSequence, sequence > event.origin.sequence { return false }
        }
        return true
    }
}

// Takes many events of one request to the bus, each with an outcome of its own.

import ArgusService
import ArgusShared

/// The outcomes of one request's events, in their order.
struct BatchOutcome {
    /// What is left of an event once it is encoded.
    struct Accepted {
        /// Its place in the request.
        var index: Int
        var id: String
        var dedupKey: String
        var action: AlertEvent.Action
    }

    /// The events that are safe on the bus.
    var accepted: [Accepted] = []
    /// The others.
    var rejected: [(index: Int, rejection: ItemRejection)] = []
    /// Why the bus did not take some of them.
    var failure: PublishFailure?
}

extension Ingress {
    /// Takes the valid ones of `items`, in order within each manager, and returns when all of those are safe on the bus or were refused.
    ///
    /// - Throws: `APIError` 503 when nothing was taken because of the bus.
    func take(
        _ items: [Result<AlertEvent, ItemRejection>], from sender: Sender, door: Door, traceparent: String?
    ) async throws -> BatchOutcome {
        let targets = try await targets(of: items)
        var outcome = BatchOutcome()
        var assembler = ChunkAssembler()
        var pending: [(event: BatchOutcome.Accepted, chunk: Int)] = []
        pending.reserveCapacity(items.count)
        var writer = JSONWriter(capacity: 1024)
        for (index, item) in items.enumerated() {
            switch Self.admit(item, targets: targets, sender: sender) {
            case .failure(let rejection): outcome.rejected.append((index, rejection))
            case .success((var event, let target)):
                target.group(&event)
                writer.removeAll()
                event.writeLine(to: &writer)
                let chunk = assembler.append(writer.bytes, partition: target.partition)
                pending.append((.init(index: index, id: event.id, dedupKey: event.dedupKey, action: event.action), chunk))
            }
        }
        let failures = await commit.commit(assembler.chunks, traceparent: traceparent)
        for (event, chunk) in pending {
            if let failure = failures[chunk] {
                outcome.failure = failure
                let error = APIError(failure)
                outcome.rejected.append((event.index, ItemRejection(code: error.code, message: failure.message)))
            } else {
                outcome.accepted.append(event)
            }
        }
        if outcome.accepted.isEmpty, let failure = outcome.failure { throw APIError(failure) }
        outcome.rejected.sort { $0.index < $1.index }
        count(outcome, door: door)
        return outcome
    }

    private static func admit(
        _ item: Result<AlertEvent, ItemRejection>, targets: [String: EventTarget], sender: Sender
    ) -> Result<(AlertEvent, EventTarget), ItemRejection> {
        item.flatMap { event in
            guard sender.mayName(event.managerID) else {
                return .failure(ItemRejection(code: "forbidden", message: APIError.otherManager.message, field: "event_manager_id"))
            }
            guard let target = targets[event.managerID] else { return .failure(.unknownManager(event.managerID)) }
            return .success((event, target))
        }
    }

    /// The targets of all managers that the events name and that exist.
    private func targets(of items: [Result<AlertEvent, ItemRejection>]) async throws -> [String: EventTarget] {
        var targets: [String: EventTarget] = [:]
        var unknown: Set<String> = []
        for case .success(let event) in items where targets[event.managerID] == nil {
            if let target = configuration.known(managerID: event.managerID) {
                targets[event.managerID] = target
            } else if EventManager.isValidID(event.managerID) {
                unknown.insert(event.managerID)
            }
        }
        guard !unknown.isEmpty else { return targets }
        try await catchUp()
        for id in unknown { targets[id] = configuration.known(managerID: id) }
        return targets
    }

    private func count(_ outcome: BatchOutcome, door: Door) {
        for event in outcome.accepted { metrics.accepted(event.action, door: door) }
        for (_, rejection) in outcome.rejected { metrics.rejected(code: rejection.code, door: door) }
    }
}

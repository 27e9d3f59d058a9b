// The notifications an instance holds, by manager, each with its own bounds.

import ArgusBus
import Synchronization

/// A notification that is waiting for its attempt, or in it.
struct Delivery: Sendable {
    let message: BusMessage
    let notification: AlertNotification

    var sequence: UInt64 { message.metadata?.streamSequence ?? 0 }
}

/// One lane per manager: a bounded queue, a few attempts at a time, a circuit. Thread-safe.
final class DeliveryLanes: Sendable {
    struct Limits: Sendable {
        /// Notifications held for one manager.
        var perManager = 512
        /// Notifications held for all.
        var total = 8_192
        /// Attempts at the same time for one manager.
        var concurrency = 8
    }

    /// What to do with a notification that came.
    enum Placement {
        /// It was queued; a worker must be started for the lane.
        case startWorker
        case queued
        /// It must go back to the bus for a while.
        case later(Duration)
    }

    fileprivate struct Lane {
        var queue: [Delivery] = []
        var workers = 0
        var circuit = EndpointCircuit()
        /// Why the last attempt failed.
        var failure: String?
    }

    private struct State {
        var lanes: [String: Lane] = [:]
        /// What is held, by sequence, with the time the bus last heard of it.
        var held: [UInt64: (delivery: Delivery, touched: ContinuousClock.Instant)] = [:]
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Notifications held.
    var heldCount: Int { state.withLock { $0.held.count } }

    /// Lanes whose endpoint is dead.
    var openCircuits: Int { state.withLock { state in state.lanes.values.count { $0.circuit.isOpen } } }

    /// How long a notification for a lane has to wait, if it cannot be taken now.
    func refusal(lane id: String) -> Duration? {
        state.withLock { Self.refusal($0, id, limits) }
    }

    private static func refusal(_ state: borrowing State, _ id: String, _ limits: Limits) -> Duration? {
        guard state.held.count < limits.total else { return crowded }
        guard let lane = state.lanes[id] else { return nil }
        guard lane.queue.count < limits.perManager else { return crowded }
        guard lane.circuit.isOpen else { return nil }
        // One worker at a time finds out whether the endpoint lives again.
        return lane.workers > 0 ? crowded : lane.circuit.pause(now: .now)
    }

    /// Takes a notification, if there is room and its endpoint lives.
    func place(_ delivery: Delivery, lane id: String) -> Placement {
        state.withLock { state in
            if let pause = Self.refusal(state, id, limits) { return .later(pause) }
            var lane = state.lanes[id] ?? Lane()
            lane.queue.append(delivery)
            state.held[delivery.sequence] = (delivery, .now)
            let needsWorker = lane.workers < (lane.circuit.isOpen ? 1 : limits.concurrency)
            if needsWorker { lane.workers += 1 }
            state.lanes[id] = lane
            return needsWorker ? .startWorker : .queued
        }
    }

    private static let crowded: Duration = .seconds(1)

    /// What a worker does next.
    enum Step {
        case attempt(Delivery)
        /// The endpoint is dead: this goes back to the bus.
        case postpone(Delivery, Duration)
        /// The worker is not needed any more.
        case done
    }

    /// The next step of a worker of a lane.
    func next(lane id: String) -> Step {
        state.withLock { state in
            guard var lane = state.lanes[id] else { return .done }
            defer { state.lanes[id] = lane.isIdle ? nil : lane }
            guard !lane.queue.isEmpty else {
                lane.workers -= 1
                return .done
            }
            let delivery = lane.queue.removeFirst()
            switch lane.circuit.admit(now: .now) {
            case .go: return .attempt(delivery)
            case .wait(let pause): return .postpone(delivery, pause)
            }
        }
    }

    /// What an attempt showed about the endpoint.
    enum Finding {
        case alive
        case dead(String)
        case nothing
    }

    /// Ends a delivery that was attempted or postponed.
    func finish(_ delivery: Delivery, lane id: String, finding: Finding) {
        state.withLock { state in
            state.held[delivery.sequence] = nil
            guard var lane = state.lanes[id] else { return }
            switch finding {
            case .alive: lane.circuit.succeeded()
            case .dead(let reason):
                lane.circuit.failed(now: .now)
                lane.failure = reason
            case .nothing: lane.circuit.abandoned()
            }
            state.lanes[id] = lane.isIdle ? nil : lane
        }
    }

    /// Why the last attempt of a lane failed, as far as that is known.
    func failure(lane id: String) -> String? {
        state.withLock { $0.lanes[id]?.failure }
    }

    /// Deliveries of which the bus has heard nothing for `silence`; it is about to.
    func touch(olderThan silence: Duration) -> [Delivery] {
        state.withLock { state in
            let now = ContinuousClock.now
            let due = state.held.filter { now - $0.value.touched >= silence }
            for sequence in due.keys { state.held[sequence]?.touched = now }
            return due.values.map(\.delivery)
        }
    }

    /// Empties all queues.
    func drain() -> [Delivery] {
        state.withLock { state in
            defer { state = State() }
            return state.held.values.map(\.delivery)
        }
    }
}

extension DeliveryLanes.Lane {
    fileprivate var isIdle: Bool { queue.isEmpty && workers == 0 && circuit.isPristine }
}

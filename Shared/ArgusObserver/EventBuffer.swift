// The bounded queue between those who emit and the one task that publishes.

import ArgusShared
import Synchronization

/// A ring of events. Taking an event out leaves its place reserved until it is acknowledged, so that what waits and what is on its way
/// never exceed the capacity together.
final class EventBuffer: Sendable {
    enum Offer {
        case taken, full, closed
    }

    private struct State {
        var ring: [ObservationEvent?]
        var head = 0
        var waiting = 0
        var onTheirWay = 0
        var isClosed = false
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { waiters.removeAll() }
            return Array(waiters.values)
        }
    }

    private let state: Mutex<State>
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        state = Mutex(State(ring: Array(repeating: nil, count: max(1, capacity))))
    }

    /// Events that are not acknowledged yet.
    var count: Int {
        state.withLock { $0.waiting + $0.onTheirWay }
    }

    var isClosed: Bool {
        state.withLock { $0.isClosed }
    }

    func offer(_ event: ObservationEvent) -> Offer {
        state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.waiting + state.onTheirWay < capacity else { return .full }
            var place = state.head + state.waiting
            if place >= capacity { place -= capacity }
            state.ring[place] = event
            state.waiting += 1
            return .taken
        }
    }

    /// Takes out the oldest events, at most `limit`.
    func take(_ limit: Int) -> [ObservationEvent] {
        state.withLock { state in
            let count = min(limit, state.waiting)
            var events: [ObservationEvent] = []
            events.reserveCapacity(count)
            for _ in 0..<count {
                if let event = state.ring[state.head].take() { events.append(event) }
                state.head = state.head + 1 == capacity ? 0 : state.head + 1
            }
            state.waiting -= count
            state.onTheirWay += count
            return events
        }
    }

    /// Gives the place of an event back.
    func release() {
        let waiters = state.withLock { state in
            state.onTheirWay -= 1
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Refuses further events; those inside stay.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until there may be space, or the buffer is closed, or the task is cancelled.
    func waitForSpace() async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard !Task.isCancelled, !state.isClosed, state.waiting + state.onTheirWay >= capacity else { return false }
                    state.waiters[id] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}

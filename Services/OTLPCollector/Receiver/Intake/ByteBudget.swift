// How much memory requests may take together.

import Synchronization

/// Bytes of requests that are on their way from the clients to the bus, through both doors.
final class ByteBudget: Sendable {
    /// The most that may be taken.
    let capacity: Int
    private let taken = Atomic<Int>(0)

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Bytes taken now.
    var inFlight: Int { taken.load(ordering: .relaxed) }

    /// Nothing that belongs to one request yet.
    func lease() -> ByteLease {
        ByteLease(budget: self)
    }

    fileprivate func take(_ bytes: Int) -> Bool {
        guard taken.add(bytes, ordering: .relaxed).newValue > capacity else { return true }
        taken.subtract(bytes, ordering: .relaxed)
        return false
    }

    fileprivate func give(_ bytes: Int) {
        taken.subtract(bytes, ordering: .relaxed)
    }
}

/// One request's share of a budget; given back when nobody holds it any more.
final class ByteLease: Sendable {
    private let budget: ByteBudget
    private let held = Atomic<Int>(0)

    fileprivate init(budget: ByteBudget) {
        self.budget = budget
    }

    deinit {
        budget.give(held.load(ordering: .relaxed))
    }

    /// Takes more bytes of the budget, or returns false and takes none.
    func take(_ bytes: Int) -> Bool {
        guard budget.take(bytes) else { return false }
        held.add(bytes, ordering: .relaxed)
        return true
    }

    /// Gives everything back but `bytes`.
    func shrink(to bytes: Int) {
        let before = held.exchange(bytes, ordering: .relaxed)
        budget.give(before - bytes)
    }
}

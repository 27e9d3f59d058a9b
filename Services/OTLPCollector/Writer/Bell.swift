// Wakes one task that waits.

import Synchronization

/// A bell that is rung from anywhere and waited for by one task. Rings while nobody waits are remembered, as one.
final class Bell: Sendable {
    private struct State {
        var isRung = false
        var nap: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes who waits, or who waits next.
    func ring() {
        let nap = state.withLock { state in
            state.isRung = true
            return state.nap
        }
        nap?.cancel()
    }

    /// Waits for a ring, for a time, or until the task is cancelled.
    func wait(atMost time: Duration) async {
        let nap = Task { _ = try? await Task.sleep(for: time) }
        let isRung = state.withLock { state in
            state.nap = nap
            return state.isRung
        }
        if isRung { nap.cancel() }
        await withTaskCancellationHandler {
            await nap.value
        } onCancel: {
            nap.cancel()
        }
        state.withLock { state in
            state.nap = nil
            state.isRung = false
        }
    }
}

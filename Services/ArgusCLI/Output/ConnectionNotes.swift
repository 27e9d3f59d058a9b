// Tells whoever watches that the connection is lost, and back.

import ArgusBus

/// Notes on standard error about the connection to the bus.
struct ConnectionNotes: Sendable {
    private let task: Task<Void, Never>

    init(_ bus: Bus, _ output: Output) {
        task = Task {
            var isLost = false
            for await status in bus.statusUpdates() {
                if status == .reconnecting, !isLost {
                    isLost = true
                    try? output.note("argus: the connection to the event bus is lost; trying again")
                } else if status == .connected, isLost {
                    isLost = false
                    try? output.note("argus: connected again")
                }
            }
        }
    }

    /// Ends the notes.
    func end() {
        task.cancel()
    }
}

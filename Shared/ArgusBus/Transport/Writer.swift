// The one thread that writes to the connection.

import Dispatch
import Synchronization

/// Runs what may block on the socket, in order, away from the cooperative pool.
final class Writer: Sendable {
    /// One thing to write.
    enum Item: Sendable {
        case exchange(UInt64)
        case message(subject: String, reply: String?, headers: MessageHeaders, payload: [UInt8])
        case work(@Sendable () -> Void)
    }

    private struct State {
        var items: [Item] = []
        var messageBytes = 0
        var isScheduled = false
    }

    private let queue = DispatchQueue(label: "argus.bus.writer", qos: .userInitiated)
    private let state = Mutex(State())
    private let maximumBytes: Int
    private let write: @Sendable (Item) -> Void

    init(maximumBytes: Int, write: @escaping @Sendable (Item) -> Void) {
        self.maximumBytes = maximumBytes
        self.write = write
    }

    /// Queues an item; false if it is a message for which there is no room.
    @discardableResult
    func enqueue(_ item: Item) -> Bool {
        let size = Self.size(of: item)
        let (accepted, schedules) = state.withLock { state -> (Bool, Bool) in
            guard size == 0 || state.messageBytes + size <= maximumBytes else { return (false, false) }
            state.messageBytes += size
            state.items.append(item)
            defer { state.isScheduled = true }
            return (true, !state.isScheduled)
        }
        if schedules { queue.async { self.run() } }
        return accepted
    }

    private func run() {
        while true {
            let items = state.withLock { state -> [Item] in
                defer { state.items = [] }
                if state.items.isEmpty { state.isScheduled = false }
                return state.items
            }
            guard !items.isEmpty else { return }
            for item in items {
                write(item)
                let size = Self.size(of: item)
                if size > 0 { state.withLock { $0.messageBytes -= size } }
            }
        }
    }

    private static func size(of item: Item) -> Int {
        guard case .message(let subject, _, _, let payload) = item else { return 0 }
        return subject.utf8.count + payload.count + 128
    }
}

// Reads keys and signals on a thread of its own, for reading blocks.

import Foundation
import Glibc
import Synchronization

/// What comes from the terminal.
final class TerminalInput: Sendable {
    /// News from the terminal.
    enum Event: Sendable {
        case keys([Key])
        /// Its size changed, or it was somebody else's for a while: draw all of it.
        case resized
        /// Somebody wants the program to be suspended.
        case suspend
        /// It is gone.
        case closed
    }

    /// An ESC that nothing follows for so long was the key.
    private static let escapeTime: Int32 = 40

    private let signals: TerminalSignals
    private let isEnded = Atomic<Bool>(false)
    private let wantsStop = Atomic<Bool>(false)
    private let deliver: @Sendable (Event) -> Void

    /// nil if there are no more descriptors.
    ///
    /// - Parameter deliver: is called on the reading thread, and must return soon.
    init?(_ deliver: @escaping @Sendable (Event) -> Void) {
        guard let signals = TerminalSignals() else { return nil }
        self.signals = signals
        self.deliver = deliver
    }

    /// Begins to read.
    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "terminal"
        thread.start()
    }

    /// Ends reading.
    func end() {
        isEnded.store(true, ordering: .releasing)
        signals.wake()
    }

    /// Gives the terminal back, suspends the program, and takes the terminal again when it is continued.
    func suspend() {
        wantsStop.store(true, ordering: .releasing)
        signals.wake()
    }

    private func run() {
        var parser = KeyParser()
        var waiting = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0), pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while !isEnded.load(ordering: .acquiring) {
            let ready = poll(&waiting, nfds_t(waiting.count), parser.isPending ? Self.escapeTime : -1)
            if ready < 0, errno != EINTR { return deliver(.closed) }
            guard ready > 0 else {
                let keys = ready == 0 ? parser.flush() : []
                if !keys.isEmpty { deliver(.keys(keys)) }
                continue
            }
            if waiting[1].revents != 0 { handle(signals.take()) }
            if waiting[0].revents != 0, !isEnded.load(ordering: .acquiring) {
                var bytes = [UInt8](repeating: 0, count: 1024)
                let count = read(STDIN_FILENO, &bytes, bytes.count)
                if count == 0 || count < 0 && errno != EINTR && errno != EAGAIN { return deliver(.closed) }
                let keys = parser.feed(bytes[..<max(0, count)])
                if !keys.isEmpty { deliver(.keys(keys)) }
            }
        }
    }

    private func handle(_ numbers: Set<Int32>) {
        if wantsStop.exchange(false, ordering: .acquiringAndReleasing) {
            Terminal.current.leave()
            signals.stop()
            retake()
        } else if numbers.contains(SIGTSTP) {
            deliver(.suspend)
        } else if numbers.contains(SIGCONT) {
            // The shell may have changed the modes while the program was stopped.
            Terminal.current.leave()
            retake()
        } else if numbers.contains(SIGWINCH) {
            deliver(.resized)
        }
    }

    private func retake() {
        do {
            try Terminal.current.enter()
            deliver(.resized)
        } catch {
            deliver(.closed)
        }
    }
}

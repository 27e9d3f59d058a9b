// Signals about the terminal, as bytes in a pipe.

import Glibc
import Synchronization

/// SIGWINCH, SIGTSTP and SIGCONT while the dashboard runs.
///
/// A handler may hardly do anything; this one writes the signal's number to a pipe, which the reader of keys waits for as well.
final class TerminalSignals: Sendable {
    private static let handled = [SIGWINCH, SIGTSTP, SIGCONT]
    /// Where the handler writes; -1 while there is nobody.
    private static let sink = Atomic<Int32>(-1)

    /// Readable when a signal came.
    let descriptor: Int32
    private let writing: Int32

    /// nil if there are no more descriptors.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (descriptor, writing) = (ends[0], ends[1])
        Self.sink.store(writing, ordering: .sequentiallyConsistent)
        for signal in Self.handled { Self.handle(signal) }
    }

    deinit {
        Self.sink.store(-1, ordering: .sequentiallyConsistent)
        for signal in Self.handled { Glibc.signal(signal, SIG_DFL) }
        close(descriptor)
        close(writing)
    }

    /// Wakes whoever waits for ``descriptor``.
    func wake() {
        var nothing: UInt8 = 0
        _ = Glibc.write(writing, &nothing, 1)
    }

    /// The signals that came.
    func take() -> Set<Int32> {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? Set(bytes[..<count].filter { $0 != 0 }.map { Int32($0) }) : []
    }

    /// Stops the program, and all that belongs to its job, as Ctrl-Z does; returns when it is continued.
    ///
    /// Where no shell could continue it (it has no job control), the system does not stop it, and this returns soon.
    func stop() {
        _ = take()
        signal(SIGTSTP, SIG_DFL)
        kill(0, SIGTSTP)
        var continued = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&continued, 1, 200)
        Self.handle(SIGTSTP)
    }

    private static func handle(_ number: Int32) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let before = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = Glibc.write(TerminalSignals.sink.load(ordering: .relaxed), &byte, 1)
            errno = before
        }
        action.sa_flags = SA_RESTART
        sigemptyset(&action.sa_mask)
        sigaction(number, &action, nil)
    }
}

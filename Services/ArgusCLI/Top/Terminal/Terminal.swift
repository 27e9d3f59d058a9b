// The terminal: raw while the dashboard has it, and as it was before whenever it does not.

import Glibc
import Synchronization

/// The terminal on standard input and output. There is one for the process.
///
/// Everything is safe to call from any thread. However the program ends by `exit`, the terminal is put back.
final class Terminal: Sendable {
    private struct State {
        /// The modes before ours; nil while the terminal is not ours.
        var saved: termios?
        var shown: Frame?
        var isRestoredAtExit = false
    }

    /// Alternate screen, no cursor, no wrapping at the edge, pastes marked.
    private static let enterCodes = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[?2004h\u{1B}[0m\u{1B}[2J"
    private static let leaveCodes = "\u{1B}[0m\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    static let current = Terminal()

    private let state = Mutex(State())

    private init() {}

    /// Whether both standard input and output are terminals.
    var isThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// Columns and lines; 80 x 24 if the terminal does not say.
    var size: (width: Int, height: Int) {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else { return (80, 24) }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    /// Takes the terminal. Does nothing if it is taken.
    ///
    /// - Throws: `OutputClosed` if there is none any more.
    func enter() throws {
        try state.withLock { state in
            guard state.saved == nil else { return }
            var modes = termios()
            guard tcgetattr(STDIN_FILENO, &modes) == 0 else { throw OutputClosed() }
            state.saved = modes
            state.shown = nil
            cfmakeraw(&modes)
            guard tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) == 0 else { throw OutputClosed() }
            if !state.isRestoredAtExit {
                state.isRestoredAtExit = true
                atexit { Terminal.current.leave() }
            }
            try Self.write(Array(Self.enterCodes.utf8))
        }
    }

    /// Puts the terminal back as it was. Does nothing if it is not taken.
    func leave() {
        state.withLock { state in
            guard var modes = state.saved else { return }
            state.saved = nil
            try? Self.write(Array(Self.leaveCodes.utf8))
            tcsetattr(STDIN_FILENO, TCSADRAIN, &modes)
        }
    }

    /// Forgets what the terminal shows, so that the next frame is written as a whole.
    func invalidate() {
        state.withLock { $0.shown = nil }
    }

    /// Shows a frame by writing what changed. Does nothing while the terminal is not taken.
    func show(_ frame: Frame, with encoder: FrameEncoder) throws {
        try state.withLock { state in
            guard state.saved != nil else { return }
            let bytes = encoder.bytes(from: state.shown, to: frame)
            state.shown = frame
            if !bytes.isEmpty { try Self.write(bytes) }
        }
    }

    private static func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                var waiting = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
            } else if count < 0, errno != EINTR {
                throw OutputClosed()
            }
        }
    }
}

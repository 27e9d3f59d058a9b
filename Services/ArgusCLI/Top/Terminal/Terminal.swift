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
        /// Where frames are written.
        var output: Int32?
    }

    /// Alternate screen, no cursor, no wrapping at the edge, pastes marked.
    private static let enterCodes = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[?2004h\u{1B}[0m\u{1B}[2J"
    private static let leaveCodes = "\u{1B}[0m\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    static let current = Terminal()

    /// Milliseconds that a terminal that takes nothing has, once it is to be left.
    private static let patience: Int32 = 200

    private let state = Mutex(State())
    private let isLeaving = Atomic<Bool>(false)

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
            if state.output == nil {
                state.output = Self.open()
                atexit { Terminal.current.leave() }
            }
            isLeaving.store(false, ordering: .releasing)
            try write(Array(Self.enterCodes.utf8), state)
        }
    }

    /// Puts the terminal back as it was. Does nothing if it is not taken.
    ///
    /// A terminal that takes nothing any more, such as one behind a dead connection, does not hold this up for long.
    func leave() {
        isLeaving.store(true, ordering: .releasing)
        state.withLock { state in
            guard var modes = state.saved else { return }
            state.saved = nil
            try? write(Array(Self.leaveCodes.utf8), state)
            tcsetattr(STDIN_FILENO, TCSANOW, &modes)
        }
    }

    /// Forgets what the terminal shows, so that the next frame is written as a whole.
    func invalidate() {
        state.withLock { $0.shown = nil }
    }

    /// Shows a frame by writing what changed. Does nothing while the terminal is not taken. Blocks while the terminal is slow.
    func show(_ frame: Frame, with encoder: FrameEncoder) throws {
        try state.withLock { state in
            guard state.saved != nil else { return }
            let bytes = encoder.bytes(from: state.shown, to: frame)
            state.shown = frame
            if !bytes.isEmpty { try write(bytes, state) }
        }
    }

    /// Opens the terminal once more, so that only our own writes do not block: how standard output does is shared with the shell.
    private static func open() -> Int32 {
        guard let name = ttyname(STDOUT_FILENO) else { return STDOUT_FILENO }
        let descriptor = Glibc.open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        return descriptor >= 0 ? descriptor : STDOUT_FILENO
    }

    private func write(_ bytes: [UInt8], _ state: borrowing State) throws {
        let output = state.output ?? STDOUT_FILENO
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                var waiting = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
                guard poll(&waiting, 1, Self.patience) != 0 || !isLeaving.load(ordering: .acquiring) else { throw OutputClosed() }
            } else if count < 0, errno != EINTR {
                throw OutputClosed()
            }
        }
    }
}
